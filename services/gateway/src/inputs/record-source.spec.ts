import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputFlaw } from './input-flaw.ts';
import { PartCutter } from './part-cutter.ts';
import { formOf, recordsOf, type RecordForm } from './record-source.ts';

const recordBytesMax = 2_000;

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const borders = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const border of [...borders, bytes.length]) {
    if (border > from) yield bytes.subarray(from, border);
    from = border;
  }
}

async function read(
  form: RecordForm,
  bytes: Buffer | string,
  cuts: readonly number[] = [],
  limit = recordBytesMax,
): Promise<unknown[]> {
  const records: string[] = [];
  for await (const some of recordsOf(form, pieces(Buffer.from(bytes as string), cuts), { recordBytesMax: limit }))
    records.push(...some);
  expect(records.some((record) => /[\r\n]/.test(record))).toBe(false);
  return records.map((record) => JSON.parse(record) as unknown);
}

async function flaw(form: RecordForm, bytes: Buffer | string, cuts?: readonly number[]): Promise<InputFlaw> {
  const error = await read(form, bytes, cuts).then(
    (records) => expect.fail(`read as ${JSON.stringify(records)}`),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(InputFlaw);
  return error as InputFlaw;
}

const cuts = fc.array(fc.nat({ max: 100_000 }), { maxLength: 60 });
const word = fc.string({
  unit: fc.constantFrom('a', 'ß', '€', '😀', ' ', ',', '"', "'", ';', '\\', '[', ']', '{', 'x'),
  maxLength: 12,
});

describe('NDJSON', () => {
  test('is the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.json({ maxDepth: 2, stringUnit: 'grapheme' }), { maxLength: 10 }),
        cuts,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (values, at, end, isLastEnded) => {
          const text = values.map((value) => JSON.stringify(JSON.parse(value))).join(end) + (isLastEnded ? end : '');
          expect(await read('ndjson', text, at, 100_000)).toEqual(values.map((value) => JSON.parse(value) as unknown));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('keeps digits, skips empty lines and a byte order mark', async () => {
    const records: string[] = [];
    for await (const some of recordsOf(
      'ndjson',
      pieces(Buffer.from('\ufeff12345678901234567890\n\n  \r\n {"a": 1.0}'), [1, 2, 5]),
      { recordBytesMax },
    ))
      records.push(...some);
    expect(records).toEqual(['12345678901234567890', '{"a": 1.0}']);
  });

  test('a record that is no JSON, no UTF-8 or too long is refused with its line', async () => {
    expect(await flaw('ndjson', '1\n\n{"a":}\n2')).toMatchObject({
      line: 3,
      message: expect.stringMatching(/not JSON/),
      isTooMuch: false,
    });
    expect(await flaw('ndjson', Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a]))).toMatchObject({
      line: 2,
      message: expect.stringMatching(/UTF-8/),
    });
    expect(await flaw('ndjson', `1\n"${'x'.repeat(recordBytesMax)}"`, [100, 500, 900])).toMatchObject({
      line: 2,
      isTooMuch: true,
    });
    expect(await read('ndjson', `1\n"${'x'.repeat(recordBytesMax - 2)}"\r\n3`, [100, 500, recordBytesMax + 2])).toHaveLength(3);
  });
});

describe('lines', () => {
  test('each line that is not empty is a string, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 20 }), cuts, fc.constantFrom('\n', '\r\n'), async (lines, at, end) => {
        expect(await read('lines', lines.join(end), at)).toEqual(lines.filter((line) => line !== ''));
      }),
    );
  });

  test('a line that grows too long as JSON is refused', async () => {
    expect(await flaw('lines', `a\n${'"'.repeat(recordBytesMax / 2)}`)).toMatchObject({ line: 2, isTooMuch: true });
  });
});

describe('a JSON array', () => {
  test('is the same however it is cut and laid out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 12 }), cuts, fc.constantFrom(0, 2), async (values, at, indent) => {
        const plain = JSON.parse(JSON.stringify(values)) as unknown[];
        expect(await read('json', JSON.stringify(plain, null, indent), at, 100_000)).toEqual(plain);
      }),
      { numRuns: 60 },
    );
    expect(await read('json', '\ufeff [ ] \n')).toEqual([]);
    expect(await read('json', '["a]", "\\"],", [1,[2]], {"k":"}"}]', [1, 2, 3, 4, 5, 6, 7])).toEqual([
      'a]',
      '"],',
      [1, [2]],
      { k: '}' },
    ]);
  });

  test.each([
    ['', 1, /no JSON array/],
    ['{"a":1}', 1, /not a JSON array/],
    ['[1,\n2', 2, /ends in the middle/],
    ['[1,\n]', 1, /not JSON/],
    ['[1,,2]', 1, /not JSON/],
    ['[1]\n,', 2, /behind the array/],
    ['[1}]', 1, /ends in the middle/],
    ['[1,\n2 3]', 2, /not JSON/],
    ['["a\nb"]', 1, /not JSON/],
    ['[[1]', 1, /ends in the middle/],
    ['[}]', 1, /ends in the middle/],
  ])('%j is refused', async (text, line, message) => {
    for (const at of [[], [1], [2], [1, 2, 3]])
      expect(await flaw('json', text, at)).toMatchObject({ line, message: expect.stringMatching(message) });
  });

  test('an element that is too long is refused before it is whole', async () => {
    expect(await flaw('json', `[1,\n"${'x'.repeat(recordBytesMax)}`, [50])).toMatchObject({ line: 1, isTooMuch: true });
  });
});

test.each(['ndjson', 'json'] as const)('%s: a record that is nested too deep is refused with its line', async (form) => {
  const deep = `${'['.repeat(501)}${']'.repeat(501)}`;
  const text = form === 'json' ? `[1,\n${deep}]` : `1\n${deep}\n`;
  expect(await flaw(form, text)).toMatchObject({ line: 2, message: expect.stringMatching(/nested deeper than 500/) });
});

describe('CSV', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'ß', '€', '😀', ' ', ',', '"', '\n', '\r\n', ';', 'x'), maxLength: 8 });
  const quoted = (text: string): string => (/[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text);

  test('is what one sequential parser reads, cut anywhere: quoted line breaks, CRLF, byte order mark, no last line break, 4-byte characters', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 1, max: 4 })
          .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 })),
        cuts,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.boolean(),
        async (rows, at, end, isLastEnded, isMarked) => {
          const header = rows[0]!.map((_, index) => `c${index}`);
          const text =
            (isMarked ? '\ufeff' : '') +
            [header, ...rows].map((row) => row.map(quoted).join(',')).join(end) +
            (isLastEnded ? end : '');
          const whole = parse(text, { bom: true, columns: true, skip_empty_lines: true });
          expect(whole).toHaveLength(rows.length);
          expect(await read('csv', text, at)).toEqual(whole);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('every border of one awkward file', async () => {
    const text = '\ufeffname,note\r\n"😀, ""x""","two\r\nlines"\r\nß,"\n"\r\n\r\nlast,€';
    const bytes = Buffer.from(text);
    const whole = [
      { name: '😀, "x"', note: 'two\r\nlines' },
      { name: 'ß', note: '\n' },
      { name: 'last', note: '€' },
    ];
    for (let first = 0; first <= bytes.length; first += 1)
      for (const second of [first, first + 1, first + 7]) expect(await read('csv', bytes, [first, second])).toEqual(whole);
  });

  test('whose lines end in more than one way', async () => {
    const rows = [
      { a: '1', b: 'two\r\nlines' },
      { a: '3', b: '4' },
      { a: '5', b: '6' },
    ];
    for (const ends of [
      ['\n', '\r\n', '\n', '\r\n'],
      ['\r\n', '\n', '\r\n', '\n'],
      ['\r', '\r', '\r', ''],
    ]) {
      const bytes = Buffer.from(['a,b', '1,"two\r\nlines"', '3,4', '5,6'].map((line, at) => line + ends[at]!).join(''));
      for (let cut = 0; cut <= bytes.length; cut += 1) expect(await read('csv', bytes, [cut])).toEqual(rows);
    }
    expect(await read('csv', 'a\r\n1\n2\r\n')).toEqual([{ a: '1' }, { a: '2' }]);
  });

  test.each([
    ['a,b\n1,2\n3\n', 3, /not CSV.*1/],
    ['a,b\n1,"2\n', 2, /not CSV/],
    ['a,a\n1,2', 1, /twice/],
    ['a,\n1,2', 1, /without a name/],
    ['__proto__\n1', 1, /not allowed/],
    ['a\n"x"y\n', 2, /not CSV/],
  ])('%j is refused with its line', async (text, line, message) => {
    for (const at of [[], [1], [3, 5]])
      expect(await flaw('csv', text, at)).toMatchObject({ line, message: expect.stringMatching(message) });
  });

  test('no UTF-8, and a record that is too long', async () => {
    expect(await flaw('csv', Buffer.concat([Buffer.from('a\n1\n'), Buffer.from([0xff])]))).toMatchObject({
      message: expect.stringMatching(/UTF-8/),
    });
    expect(await flaw('csv', Buffer.concat([Buffer.from('a\n1\n'), Buffer.from([0xf0, 0x9f])]))).toMatchObject({
      message: expect.stringMatching(/UTF-8/),
    });
    expect(await flaw('csv', `a\n1\n${'x'.repeat(recordBytesMax + 10)}`, [100, 1500])).toMatchObject({ isTooMuch: true });
  });

  test('more records in one piece than the parser holds ready', async () => {
    expect(await read('csv', `a\n${'1\n'.repeat(50_000)}`, [], 100)).toHaveLength(50_000);
  });
});

test('parts hold whole records, in order, and no more bytes than they may', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.array(
          fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => JSON.stringify(text)),
          { maxLength: 10 },
        ),
      ),
      (batches) => {
        const cutter = new PartCutter(130);
        const parts = [...batches.flatMap((batch) => cutter.push(batch)), ...cutter.end()];
        expect(parts.flatMap(({ text }) => text.split('\n').slice(0, -1))).toEqual(batches.flat());
        for (const [index, { text, records, bytes }] of parts.entries()) {
          expect(bytes).toBe(Buffer.byteLength(text));
          expect(bytes).toBeLessThanOrEqual(130);
          expect(records).toBe(text.split('\n').length - 1);
          const next = parts[index + 1];
          if (next) expect(bytes + 1 + Buffer.byteLength(next.text.split('\n')[0]!)).toBeGreaterThan(130);
        }
      },
    ),
  );
});

test('the form of an input is that of its content type', () => {
  expect(formOf('application/x-ndjson')).toBe('ndjson');
  expect(formOf('TEXT/CSV; charset=utf-8')).toBe('csv');
  expect(formOf('image/png')).toBeUndefined();
});
