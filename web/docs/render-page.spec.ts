import { describe, expect, it } from 'vitest';
import { escaped } from './highlight.ts';
import { renderPage } from './render-page.ts';

const deploy = { slug: 'operations/deploy', name: 'Deploy', about: '', file: 'docs/operations/deploy.md' };
const made = (markdown: string, page = deploy) => renderPage(page, markdown, escaped);

describe('renderPage', () => {
  it('takes the title out, and gives each heading its id and its place in the list', () => {
    const { title, html, headings } = made('# The `command`\n\n## Keys & locks\n\n### `A_B`\n\n## Keys & locks\n\n#### Small\n');
    expect(title).toBe('The command');
    expect(html).toBe(
      '<h2 id="keys--locks">Keys &amp; locks</h2><h3 id="a_b"><code>A_B</code></h3><h2 id="keys--locks-1">Keys &amp; locks</h2><h4 id="small">Small</h4>',
    );
    expect(headings.map(({ depth, id, text }) => [depth, id, text])).toEqual([
      [2, 'keys--locks', 'Keys & locks'],
      [3, 'a_b', 'A_B'],
      [2, 'keys--locks-1', 'Keys & locks'],
    ]);
  });

  it('links to pages as pages, to the web as the web, and names the path of what the dashboard does not have', () => {
    const links = (text: string) => made(`# x\n\n${text}\n`).html.replace(/^<p>|<\/p>\n$/g, '');
    expect(links('[a](../states.md#a-lease) [b](#x)')).toBe('<a href="/docs/states#a-lease">a</a> <a href="#x">b</a>');
    expect(links('[a](accounts.md)')).toBe('<a href="/docs/operations/accounts">a</a>');
    expect(links('[flow](../../README.md#how-a-job-flows)')).toBe('<a href="/docs/how-a-job-flows">flow</a>');
    expect(links('[accounts.md](accounts.md#keys), [`docs/cli.md`](../cli.md)')).toBe(
      '<a href="/docs/operations/accounts#keys">Accounts</a>, <a href="/docs/cli">Command line</a>',
    );
    expect(links('<https://nats.io>')).toBe('<a href="https://nats.io" rel="external noreferrer">https://nats.io</a>');
    expect(links('NAME@api.example')).toBe('NAME@api.example');
    expect(links('[table](../../proto/src/flow.ts)')).toBe('<span class="source" title="proto/src/flow.ts">table</span>');
  });

  it('a page may be a part of a file, up to the next heading of its depth', () => {
    const part = { ...deploy, file: 'README.md', part: 'The part' };
    const { title, html, headings } = made('# All\n\nno\n\n## The part\n\nyes\n\n### In it\n\n## Next\n\nno\n', part);
    expect([title, html]).toEqual(['The part', '<p>yes</p>\n<h2 id="in-it">In it</h2>']);
    expect(headings).toEqual([{ depth: 2, id: 'in-it', text: 'In it' }]);
    expect(() => made('# All\n', part)).toThrow('README.md has no heading The part.');
  });

  it('tables can be scrolled with keys, their cells are plain, and an empty head is none', () => {
    expect(made('# x\n\n| a | b |\n| - | -: |\n| `c` | 1 |\n').html).toBe(
      '<div class="wide" tabindex="0" role="group" aria-label="Table"><table><thead><tr><th scope="col">a</th><th scope="col" class="right">b</th></tr></thead><tbody><tr><td><code>c</code></td><td class="right">1</td></tr></tbody></table></div>',
    );
    expect(made('# x\n\n|  |  |\n| - | - |\n| c | 1 |\n').html).not.toContain('<th');
  });

  it('collects pictures, which must be files of the project', () => {
    const { html, pictures } = made('# x\n\n![A "curve"](../performance/a.svg)\n');
    expect(pictures).toEqual(['docs/performance/a.svg']);
    expect(html).toContain('<img src="picture:0" alt="A &quot;curve&quot;" loading="lazy">');
    expect(() => made('# x\n\n![a](https://elsewhere/a.png)\n')).toThrow('pictures must be files of the project');
  });
});
