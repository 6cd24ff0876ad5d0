import { expect, it } from 'vitest';
import { sectionsOf } from './sections.ts';

const found = (html: string) =>
  sectionsOf('x', { title: 'X', html }).map(({ id, page, heading, text }) => [id, page, heading, text]);

it('each text stands under its heading, and what stands before the first belongs to the page', () => {
  expect(
    found(
      '<p>First <em>of</em> all.</p>\n<h2 id="then">The <code>n</code></h2><ul>\n<li>one</li>\n<li>two</li>\n</ul><h3 id="last">Last</h3>',
    ),
  ).toEqual([
    ['', 'X', '', 'First of all.'],
    ['then', 'X', 'The n', 'one two'],
    ['last', 'X', 'Last', ''],
  ]);
});

it('the lines of a diagram are no text', () => {
  expect(found('<pre>pending ──lease──▶ running\n   └──fail</pre>')).toEqual([['', 'X', '', 'pending lease running fail']]);
});

it('colours part no word, cells do, and a button is no text', () => {
  expect(
    found(
      '<div class="code"><button type="button">Copy</button><pre><code><i class="f">cu</i>rl a &lt; &quot;b&quot;</code></pre></div><table><tr><td>a</td><td>b &amp;lt;</td></tr></table>',
    ),
  ).toEqual([['', 'X', '', 'curl a < "b" a b &lt;']]);
});
