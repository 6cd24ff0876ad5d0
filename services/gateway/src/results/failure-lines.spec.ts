import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeadChunk, InputRef } from '@manyhands/proto';
import { failureLines } from './failure-lines.ts';
import { gathered } from './gathered.ts';
import { segmentsOf } from './result-segments.ts';
import { StoredItems } from './stored-items.ts';

const everything = { from: 0, limit: Infinity };

async function* streamOf<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

const letter = (begin: number, runs = 3, end = begin + 1): DeadChunk => ({
  v: 1,
  type: 'DeadChunk',
  job_id: 'j',
  tenant: 'local',
  kind: 'k',
  begin,
  end,
  round: 0,
  error: { code: 'compute_failed', message: `no ${begin}`, retryable: true },
  runs: Array.from({ length: runs }, (_, n) => ({ run: n + 1, code: 'c', message: 'm', worker: 'w', at: '' })),
  died_at: '',
});

async function parsed(lines: AsyncIterable<Buffer>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const line of lines) all.push(JSON.parse(line.toString()));
  return all;
}

test('each record of a dead batch has a line, with the record as it was sent', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      fc.array(fc.nat(45), { maxLength: 10 }),
      fc.nat(45),
      fc.integer({ min: 1, max: 20 }),
      async (records, batch, sizes, picked, from, limit) => {
        const parts: unknown[][] = [];
        for (let at = 0, n = 0; at < records.length; n += 1) {
          const size = sizes[n % sizes.length]!;
          parts.push(records.slice(at, at + size));
          at += size;
        }
        const read: number[] = [];
        const items = new StoredItems({ parts: parts.map((part) => part.length) }, (part) => {
          read.push(part);
          return Promise.resolve(Buffer.from(parts[part]!.map((record) => `${JSON.stringify(record)}\n`).join('')));
        });
        const chunks = Math.ceil(records.length / batch);
        const dead = [...new Set(picked.map((chunk) => chunk % chunks))].sort((one, other) => one - other);
        const input: InputRef = { id: 'i', records: records.length, by: 'record', batch };
        const lines = failureLines(streamOf(dead.map((chunk) => letter(chunk))), input, (index) => items.at(index), {
          from,
          limit,
        });
        const wanted = dead.flatMap((chunk) =>
          records.slice(chunk * batch, (chunk + 1) * batch).map((item, at) => ({
            index: chunk * batch + at,
            item: JSON.parse(JSON.stringify(item)) as unknown,
            error: { code: 'compute_failed', message: `no ${chunk}` },
            attempts: 3,
          })),
        );
        expect(await parsed(lines)).toEqual(wanted.filter(({ index }) => index >= from).slice(0, limit));
        expect(read, 'each part is read once, in order').toEqual([...new Set(read)].sort((one, other) => one - other));
      },
    ),
    { numRuns: 60 },
  ));

test('a chunk that is no item, and an item that is kept no longer, have a line without it', async () => {
  const none = () => Promise.resolve(undefined);
  expect(await parsed(failureLines(streamOf([letter(4, 1, 6)]), undefined, none, everything))).toEqual([
    { index: 4, error: { code: 'compute_failed', message: 'no 4' }, attempts: 1 },
    { index: 5, error: { code: 'compute_failed', message: 'no 4' }, attempts: 1 },
  ]);
  const input: InputRef = { id: 'i', records: 3, by: 'record' };
  expect(await parsed(failureLines(streamOf([letter(2, 0)]), input, none, everything))).toEqual([
    { index: 2, error: { code: 'compute_failed', message: 'no 2' }, attempts: 1 },
  ]);
});

test('items may also be asked for backwards, and where there are none', async () => {
  const items = new StoredItems({ parts: [2, 1] }, (part) => Promise.resolve(Buffer.from(part === 0 ? '1\n2\n' : '3\n')));
  const asked = [2, 0, 1, 3, 2].map((index) => index);
  const found: (string | undefined)[] = [];
  for (const index of asked) found.push((await items.at(index))?.toString());
  expect(found).toEqual(['3', '1', '2', undefined, '3']);
});

test('a manifest is read in whatever pieces it comes, and must be in order', async () => {
  const text = '{"begin":0,"end":2,"text":"1\\n2\\n"}\n{"begin":3,"end":4,"stored":{"name":"o","from":0,"bytes":4}}\n';
  const pieces = text.match(/[^]{1,7}/g)!.map((piece) => Buffer.from(piece));
  const segments: unknown[] = [];
  for await (const segment of segmentsOf(streamOf(pieces))) segments.push(segment);
  expect(segments).toEqual(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  );
  const wrong = segmentsOf(streamOf([Buffer.from('{"begin":3,"end":4,"text":""}\n{"begin":3,"end":5,"text":""}\n')]));
  await wrong.next();
  await expect(wrong.next()).rejects.toThrow('segments are in order');
});

test('small pieces are joined, and large ones stay as they are', async () => {
  const large = Buffer.alloc(70_000, 'x');
  const pieces: Buffer[] = [];
  const given = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('b'), large, large, Buffer.from('c')];
  for await (const piece of gathered(streamOf(given))) pieces.push(piece);
  expect(pieces.map(({ length }) => length)).toEqual([70_002, 70_000, 1]);
  expect(pieces[1]).toBe(large);
  const many: Buffer[] = [];
  for await (const piece of gathered(streamOf(Array.from({ length: 10_000 }, () => Buffer.from('0123456789'))))) many.push(piece);
  expect(many).toHaveLength(2);
});
