/** A block of code as HTML, with what the page needs to copy it and to name its own system in it. Pure. */
import { escaped, type Highlight } from './highlight.ts';

/** How the pages name a system that was just started, with and without its scheme. */
const here = /(http:\/\/)?\b(?:127\.0\.0\.1|localhost):8000\b/g;
/** A line that asks a gateway: with curl, or as the base of a client. */
const asking = /\bcurl\b|\bbaseUrl\b/;
/** A word in the place of the address, which no language takes apart. */
const placeholder = /manyhandshere(\d+)x/g;

export function codeBlock(code: string, language: string, highlight: Highlight): string {
  const addresses: { text: string; what: 'origin' | 'host' }[] = [];
  const marked = code
    .split('\n')
    .map((line) =>
      asking.test(line)
        ? line.replace(here, (text, scheme: string | undefined) => {
            addresses.push({ text, what: scheme === undefined ? 'host' : 'origin' });
            return `manyhandshere${addresses.length - 1}x`;
          })
        : line,
    )
    .join('\n');
  let put = 0;
  const html = highlight(marked, language).replace(placeholder, (_, at: string) => {
    const { text, what } = addresses[Number(at)]!;
    put += 1;
    return `<b data-here="${what}">${text}</b>`;
  });
  if (put !== addresses.length) throw new Error(`An address of this code was taken apart while it was coloured:\n${code}`);
  if (language === '' || language === 'text') return `<div class="code"><pre tabindex="0"><code>${html}</code></pre></div>`;
  return `<div class="code" data-language="${escaped(language)}"><button type="button">Copy</button><pre tabindex="0"><code>${html}</code></pre></div>`;
}
