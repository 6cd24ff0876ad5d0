import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'csv-parse/sync';
import { limits, type InputRef, type ResultSegment, type StoredRef } from '@manyhands/proto';
import { COLUMNS_MAX, csvOf, SAMPLE_LINES_MAX } from './csv-format.ts';
import { FORMATS, type LineFormat } from './line-formats.ts';
import { resultLines } from './result-lines.ts';
import { linesOf, wholeLines, type Lines } from './whole-lines.ts';

/** What a job left: its items, those that are there, and where their lines are stored. */
interface Left {
  outputs: unknown[];
  there: boolean[];
  batch: number;
  /** Chunks after which a segment ends although the next chunk is there too. */
  cuts: boolean[];
  stored: boolean[];
  /** Bytes of the pieces in which a stored object is read. */
  pieceBytes: number;
}

const json = fc.jsonValue({ maxDepth: 2 });
const left: fc.Arbitrary<Left> = fc.integer({ min: 0, max: 30 }).chain((chunks) =>
  fc.record({
    batch: fc.integer({ min: 1, max: 4 }),
    there: fc.array(fc.boolean(), { minLength: chunks, maxLength: chunks }),
    cuts: fc.array(fc.boolean(), { minLength: chunks, maxLength: chunks }),
    stored: fc.array(fc.boolean(), { minLength: chunks, maxLength: chunks }),
    pieceBytes: fc.integer({ min: 1, max: 40 }),
    outputs: fc.array(json, { minLength: Math.max(0, chunks * 4 - 3), maxLength: chunks * 4 }),
  }),
);

/** The segments as a coordinator lists them, and the objects they are stored in. */
function storedAs({ outputs, there, batch, cuts, stored, pieceBytes }: Left) {
  const records = Math.min(outputs.length, there.length * batch);
  const wanted: { index: number; output: unknown }[] = [];
  const segments: ResultSegment[] = [];
  let object = Buffer.alloc(0);
  let open: { begin: number; end: number; text: string } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { text, ...span } = open;
    const ref: StoredRef = { name: 'o', from: object.length, bytes: Buffer.byteLength(text) };
    if (stored[span.begin]) object = Buffer.concat([object, Buffer.from(text)]);
    segments.push({ ...span, ...(stored[span.begin] ? { stored: ref } : { text }) });
    open = undefined;
  };
  for (const [chunk, isThere] of there.entries()) {
    const from = chunk * batch;
    const to = Math.min(from + batch, records);
    if (!isThere || from >= to) close();
    if (!isThere || from >= to) continue;
    open ??= { begin: chunk, end: chunk, text: '' };
    open.end = chunk + 1;
    for (let index = from; index < to; index += 1) {
      open.text += `${JSON.stringify(outputs[index])}\n`;
      wanted.push({ index, output: JSON.parse(JSON.stringify(outputs[index])) });
    }
    if (cuts[chunk]) close();
  }
  close();
  const input: InputRef = { id: 'i', records, by: 'record', batch };
  const read = ({ from, bytes }: StoredRef): AsyncIterable<Uint8Array> =>
    streamOf(cutInto(object.subarray(from, from + bytes), pieceBytes));
  return { segments, wanted, input, read };
}

async function* streamOf<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

function cutInto(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

async function textOf(pieces: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

const everything = { from: 0, limit: Infinity };

async function sent(given: Left, format: LineFormat, range = everything) {
  const { segments, wanted, input, read } = storedAs(given);
  return { wanted, text: await textOf(FORMATS[format].write(resultLines(streamOf(segments), read, input, range))) };
}

const parsedLines = (text: string): unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('whatever a job left, however it is stored and cut', () => {
  test('each line that is there is sent once, in the order of the items, under the index of its item', () =>
    fc.assert(
      fc.asyncProperty(left, async (given) => {
        const { wanted, text } = await sent(given, 'lines');
        expect(parsedLines(text)).toEqual(wanted);
      }),
    ));

  test('a range has the first lines from an item on', () =>
    fc.assert(
      fc.asyncProperty(left, fc.nat(60), fc.integer({ min: 1, max: 20 }), async (given, from, limit) => {
        const { wanted, text } = await sent(given, 'lines', { from, limit });
        expect(parsedLines(text)).toEqual(wanted.filter(({ index }) => index >= from).slice(0, limit));
      }),
    ));

  test('bare lines are the outputs alone, and JSON is one array of the same objects', () =>
    fc.assert(
      fc.asyncProperty(left, async (given) => {
        const bare = await sent(given, 'bare');
        expect(parsedLines(bare.text)).toEqual(bare.wanted.map(({ output }) => output));
        const array = await sent(given, 'json');
        expect(JSON.parse(array.text)).toEqual(array.wanted);
      }),
    ));

  test('CSV holds each value under its key, and an output that is no object under `output`', () =>
    fc.assert(
      fc.asyncProperty(left, async (given) => {
        const { wanted, text } = await sent(given, 'csv');
        const [header = [], ...rows] = parse(text, { record_delimiter: '\r\n' });
        expect(rows).toHaveLength(wanted.length);
        const index = wanted.some(({ output }) => isObject(output) && Object.hasOwn(output, 'index')) ? 'index_' : 'index';
        expect(header[0]).toMatch(new RegExp(`^${index}_*$`));
        for (const [at, row] of rows.entries()) {
          const { index: number, output } = wanted[at]!;
          expect(row[0]).toBe(String(number));
          if (isObject(output))
            for (const [key, value] of Object.entries(output)) expect(row[header.lastIndexOf(key)], key).toBe(shown(value));
          else expect(row[1]).toBe(shown(output));
        }
      }),
    ));
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown): string => (value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value));

const oneRun = (outputs: unknown[], index = 0): Lines => {
  const bytes = Buffer.from(outputs.map((output) => `${JSON.stringify(output)}\n`).join(''));
  return { index, count: outputs.length, bytes };
};

describe('CSV', () => {
  test('quotes what RFC 4180 asks for, and nothing else', async () => {
    const text = await textOf(
      csvOf(
        streamOf([
          oneRun([
            { a: 'x,y', b: 'say "hi"' },
            { a: 'two\nlines', c: [1, { d: 2 }] },
          ]),
        ]),
      ),
    );
    expect(text).toBe('index,a,b,c\r\n0,"x,y","say ""hi""",\r\n1,"two\nlines",,"[1,{""d"":2}]"\r\n');
  });

  test('keeps the digits of numbers that a double does not hold', async () => {
    const bytes = Buffer.from(
      '{"id":12345678901234567890,"n":[0.1,123456789012345678901]}\n-98765432109876543210\n{"id":1e400,"n":1.50}\n{"id":7}\n',
    );
    expect(await textOf(csvOf(streamOf([{ index: 0, count: 4, bytes }])))).toBe(
      'index,output,id,n\r\n0,,12345678901234567890,"[0.1,123456789012345678901]"\r\n1,-98765432109876543210,,\r\n2,,1e400,1.5\r\n3,,7,\r\n',
    );
  });

  test('has a header also when there is no line', async () => {
    expect(await textOf(csvOf(streamOf([])))).toBe('index\r\n');
  });

  test('has a column for each key of the first thousand lines, and one for what comes later', async () => {
    const first = Array.from({ length: SAMPLE_LINES_MAX }, (_, n) => (n === SAMPLE_LINES_MAX - 1 ? { last: 1 } : { a: n }));
    const exactly = (await textOf(csvOf(streamOf([oneRun(first)])))).split('\r\n');
    expect(exactly[0]).toBe('index,a,last');
    const later = [{ a: 1, late: true }, 'bare'];
    const more = (await textOf(csvOf(streamOf([oneRun(first), oneRun(later, SAMPLE_LINES_MAX)])))).split('\r\n');
    expect([more[0], ...more.slice(-3)]).toEqual(['index,a,last,more', '1000,1,,"{""late"":true}"', '1001,,,"""bare"""', '']);
  });

  test('has a thousand columns at most; the keys beyond are in one more', async () => {
    const wide = (columns: number) => Object.fromEntries(Array.from({ length: columns }, (_, n) => [`k${n}`, n]));
    const header = async (columns: number) => (await textOf(csvOf(streamOf([oneRun([wide(columns)])])))).split('\r\n')[0]!;
    expect((await header(COLUMNS_MAX)).endsWith(`,k${COLUMNS_MAX - 1}`)).toBe(true);
    expect((await header(COLUMNS_MAX + 1)).endsWith(`,k${COLUMNS_MAX - 1},more`)).toBe(true);
  });
});

describe('a segment that is not what it must be ends the answer', () => {
  const read = (): AsyncIterable<Uint8Array> => streamOf([Buffer.from('1\n2\n')]);
  const send = (segment: ResultSegment) =>
    textOf(FORMATS.lines.write(resultLines(streamOf([segment]), read, undefined, everything)));

  test.each([
    ['too few lines', { begin: 0, end: 3 }],
    ['too many lines', { begin: 5, end: 6 }],
  ])('%s', async (_what, span) => {
    await expect(send({ ...span, stored: { name: 'o', from: 0, bytes: 4 } })).rejects.toThrow('has the lines of its chunks');
  });

  test('a last line that is not ended', async () => {
    await expect(send({ begin: 0, end: 2, text: '1\n2' })).rejects.toThrow('the last one is not');
  });

  test('a line longer than a line can be', async () => {
    const longest = Buffer.alloc(limits.partBytesMax, 'x');
    const ended = Buffer.from('\n');
    expect((await wholeLines(streamOf([longest, ended]), 0).next()).value?.count).toBe(1);
    await expect(wholeLines(streamOf([longest, Buffer.from('xx'), ended]), 0).next()).rejects.toThrow('a line is at most');
  });
});

test('lines are read without their ends', () => {
  expect([...linesOf({ bytes: Buffer.from('a\n\nb\n') })].map(String)).toEqual(['a', '', 'b']);
});
