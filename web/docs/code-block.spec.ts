import { describe, expect, it } from 'vitest';
import { codeBlock } from './code-block.ts';
import { escaped, loadHighlight } from './highlight.ts';

const inner = (html: string) => /<code>([^]*)<\/code>/.exec(html)![1];

describe('codeBlock', () => {
  it.each([
    ['curl -s 127.0.0.1:8000/v1', 'curl -s <b data-here="host">127.0.0.1:8000</b>/v1'],
    ['curl localhost:8000', 'curl <b data-here="host">localhost:8000</b>'],
    ["baseUrl: 'http://127.0.0.1:8000'", 'baseUrl: \'<b data-here="origin">http://127.0.0.1:8000</b>\''],
    // Not what a reader of this page would ask: a proxy's line, another port, another machine.
    ['server 127.0.0.1:8000;', 'server 127.0.0.1:8000;'],
    ['curl 127.0.0.1:8080/a', 'curl 127.0.0.1:8080/a'],
    ['curl example:8000', 'curl example:8000'],
  ])('%s', (code, expected) => {
    expect(inner(codeBlock(code, 'sh', escaped))).toBe(expected);
  });

  it('can be copied when it is in a language, and scrolled with keys', () => {
    expect(codeBlock('a < b', 'sh', escaped)).toBe(
      '<div class="code" data-language="sh"><button type="button">Copy</button><pre tabindex="0"><code>a &lt; b</code></pre></div>',
    );
    expect(codeBlock('a ──▶ b', '', escaped)).not.toContain('button');
  });

  it('refuses colours that take an address apart', () => {
    expect(() => codeBlock('curl 127.0.0.1:8000', 'sh', (code) => code.replace('here', '<i>here</i>'))).toThrow('taken apart');
  });
});

describe('loadHighlight', async () => {
  const highlight = await loadHighlight();

  it('gives stretches a class, and nothing else', () => {
    expect(highlight('const a = "<b>"; // why', 'ts')).toBe(
      '<i class="k">const</i> a = <i class="s">"&lt;b&gt;"</i>; <i class="c">// why</i>',
    );
    expect(highlight('# first\ncurl -s x', 'sh')).toMatch(/^<i class="c"># first<\/i>\n<i class="f">curl ?<\/i>/);
  });

  it('leaves a language that is not known as it is', () => {
    expect(highlight('a <- b', 'apl')).toBe('a &lt;- b');
  });

  it.each(['sh', 'ts', 'js'])('takes no address apart in %s', (language) => {
    const code = `curl "http://127.0.0.1:8000/a" '127.0.0.1:8000' $(curl 127.0.0.1:8000) {"a": "http://127.0.0.1:8000"} # curl 127.0.0.1:8000`;
    expect(codeBlock(code, language, highlight).match(/data-here/g)).toHaveLength(5);
  });
});
