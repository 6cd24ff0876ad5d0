/** Columns of text: for a person on a terminal, and one row a line for programs that read it. Pure. */
import { stripVTControlCharacters } from 'node:util';

/** Headings stand above only where a person reads. The last column is as wide as it is; on a terminal it is cut at `width`. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { heads = true, width = Infinity } = {},
): string {
  const all = (heads ? [headings, ...rows] : rows).map((row) => row.map(plain));
  const columns = Math.max(headings.length, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(0, ...all.map((row) => lengthOf(row[column] ?? ''))));
  return all
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat(widths[column]! - lengthOf(cell)),
      );
      const line = cells.join('  ').trimEnd();
      return `${lengthOf(line) > width ? `${[...line].slice(0, Math.max(1, width - 1)).join('')}…` : line}\n`;
    })
    .join('');
}

/** What another process wrote can hold no command for the terminal, and no second line. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** The same of a text whose lines are its own. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** `12 s`, `3 min`, `5 h`, `2 d` ago. */
export function age(from: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(from)) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
