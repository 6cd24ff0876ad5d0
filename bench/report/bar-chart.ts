/** Draws a bar chart as SVG: readable on a light and on a dark page, without a library, a font or a script. */
export interface BarGroup {
  label: string;
  bars: readonly { label: string; value: number; text: string; isOurs: boolean }[];
}

const WIDTH = 780;
const LABEL_WIDTH = 250;
const VALUE_WIDTH = 90;
const BAR = 20;
const STEP = 26;
const HEAD = 30;

/** Bars of all groups share one linear scale that begins at 0. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / longest;
  let y = HEAD + 10;
  const parts: string[] = [];
  for (const { label, bars } of groups) {
    parts.push(text(0, y + 14, label, 'group'));
    y += HEAD - 4;
    for (const bar of bars) {
      const length = Math.max(1, bar.value * scale);
      parts.push(text(LABEL_WIDTH - 10, y + 14, bar.label, bar.isOurs ? 'name ours' : 'name'));
      parts.push(
        `<rect class="${bar.isOurs ? 'bar ours' : 'bar'}" x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>`,
      );
      parts.push(text(LABEL_WIDTH + length + 8, y + 14, bar.text, 'value'));
      y += STEP;
    }
    y += 10;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(title)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .group { font-weight: 600; fill: #57606a }
  .name { text-anchor: end }
  .name.ours { font-weight: 600 }
  rect.bar { fill: #8c959f }
  rect.ours { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .group { fill: #9198a1 }
    rect.bar { fill: #6e7681 }
    rect.ours { fill: #4493f8 }
  }
</style>
${text(0, 18, title, 'title')}
${parts.join('\n')}
</svg>
`;
}

function text(x: number, y: number, words: string, kind: string): string {
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
