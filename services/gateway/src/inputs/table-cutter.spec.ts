import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputFlaw } from './input-flaw.ts';
import type { StoredPart } from './part-cutter.ts';
import { HEADER_BYTES_MAX, TableCutter } from './table-cutter.ts';

const partMax = 100_000;

function cutAt(bytes: Buffer, cuts: readonly number[], bytesMax = partMax): StoredPart[] {
  const cutter = new TableCutter(bytesMax);
  const borders = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  const parts = borders.flatMap((to, at) => cutter.push(bytes.subarray(borders[at - 1] ?? 0, to)));
  return [...parts, ...cutter.end()];
}

function flaw(text: string | Buffer, bytesMax?: number): InputFlaw {
  try {
    cutAt(Buffer.from(text as string), [], bytesMax);
  } catch (error) {
    expect(error).toBeInstanceOf(InputFlaw);
    return error as InputFlaw;
  }
  return expect.fail('it was taken');
}

const read = (bytes: Uint8Array): string[][] =>
  parse(Buffer.from(bytes), {
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n'],
  }) as unknown as string[][];

describe('a table', () => {
  test('has the records that csv-parse reads, whatever the pieces it comes in and the parts it is cut into', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ß', '😀', ' ', ',', '"', '\n', '\r'), maxLength: 6 });
    const written = fc
      .tuple(cell, fc.boolean())
      .map(([text, quoted]) => (quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text));
    fc.assert(
      fc.property(
        fc.array(fc.array(written, { minLength: 2, maxLength: 4 }), { maxLength: 30 }),
        fc.array(fc.nat({ max: 100_000 }), { maxLength: 40 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 160, max: 1_000 }),
        (rows, cuts, end, hasMark, isLastEnded, bytesMax) => {
          const lines = [['one', '"two, with ""quotes"""'], ...rows].map((row) => row.join(','));
          const bytes = Buffer.from((hasMark ? '\ufeff' : '') + lines.join(end) + (isLastEnded ? end : ''));
          const parts = cutAt(bytes, cuts, bytesMax);
          const [header, ...records] = read(bytes);
          expect(parts.flatMap((part) => read(part.bytes).slice(1))).toEqual(records);
          for (const part of parts) {
            expect([...part.bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
            expect(read(part.bytes)[0]).toEqual(header);
            expect(read(part.bytes)).toHaveLength(part.records + 1);
            expect(part.bytes.length).toBeLessThanOrEqual(bytesMax);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('without records has no parts', () => {
    expect(cutAt(Buffer.from('a,b\r\n'), [])).toEqual([]);
    expect(cutAt(Buffer.from('a,b'), [])).toEqual([]);
    expect(cutAt(Buffer.from('a,b\n\n\r\n'), [])).toEqual([]);
  });

  test.each([
    ['', 1, /no first line/],
    ['\na,b\n', 1, /first line is empty/],
    ['a,a\n', 1, /names the column "a" twice/],
    ['a,b\r1,2\r', 1, /carriage returns alone/],
    ['a,b\r1,2\r3,4\n5,6\n', 1, /carriage returns alone/],
    ['a,\n', 1, /leaves a column without a name/],
    ['a,b\nx,"1\n\n', 2, /begins here ends inside quotes/],
    ['a,b\n"x\n",1\nx"y,2\n', 4, /a quote inside a field/],
    ['a,b\n"x" ,1\n', 2, /between the end of the quotes and the next comma/],
    [Buffer.from('a,b\nx,1\n\xff,2\n', 'latin1'), 3, /not UTF-8/],
    [Buffer.from('\xff,b\n', 'latin1'), 1, /not UTF-8/],
  ])('%j is refused with its line', (text, line, why) => {
    expect(flaw(text)).toMatchObject({ line, message: expect.stringMatching(why) as string });
  });

  test('one byte too many in a record, and in the first line', () => {
    const record = (bytes: number): string => `a\nx\n${'y'.repeat(bytes)}\n`;
    const room = partMax - '\ufeffa\n'.length - 2;
    expect(cutAt(Buffer.from(record(room)), [])).toHaveLength(2);
    expect(flaw(record(partMax))).toMatchObject({ line: 3, isTooMuch: true });
    expect(cutAt(Buffer.from(`${'h'.repeat(HEADER_BYTES_MAX - 1)}\nx\n`), [])).toHaveLength(1);
    expect(flaw(`${'h'.repeat(HEADER_BYTES_MAX + 1)}\nx\n`).message).toMatch(/first line is longer/);
  });
});
