import { newJobId, type DeadChunk } from '@manyhands/proto';
import { aLeaseComputed } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkRows, type Known } from './chunk-rows.ts';

const jobId = newJobId();
const none: Known = { chunks: { done: [], leased: [], failed: [], coarse: false }, total: 10, held: [], dead: [], results: [] };
const all = { from: 0, limit: 100 };
const short = (known: Known, query = all) =>
  chunkRows(known, query).rows.map(({ begin, end, state, run, worker }) => [begin, end, state, run, worker]);

test('a job of which nothing is known is one row of chunks that wait; an empty one has none', () => {
  expect(short(none)).toEqual([[0, 10, 'waiting', null, null]]);
  expect(short({ ...none, total: 0 })).toEqual([]);
});

test('each state is a row of its own, and what is in none of them waits', () => {
  const chunks = {
    done: [[0, 2] as [number, number], [6, 7] as [number, number]],
    leased: [[2, 4] as [number, number]],
    failed: [[8, 9] as [number, number]],
    coarse: false,
  };
  expect(short({ ...none, chunks })).toEqual([
    [0, 2, 'done', null, null],
    [2, 4, 'leased', null, null],
    [4, 6, 'waiting', null, null],
    [6, 7, 'done', null, null],
    [7, 8, 'waiting', null, null],
    [8, 9, 'dead', null, null],
    [9, 10, 'waiting', null, null],
  ]);
});

test('leased chunks are cut at the leases that workers hold, with their run', () => {
  const held = [
    { begin: 2, end: 4, attempt: 17, worker: 'b' },
    { begin: 0, end: 2, attempt: 0, worker: 'a' },
  ];
  expect(short({ ...none, chunks: { ...none.chunks, leased: [[0, 5]] }, held })).toEqual([
    [0, 2, 'leased', 1, 'a'],
    [2, 4, 'leased', 2, 'b'],
    [4, 5, 'leased', null, null],
    [5, 10, 'waiting', null, null],
  ]);
});

test('done chunks are cut at the results, without what failed in them; of two results of a chunk the first one counts', () => {
  const result = (begin: number, end: number, given: Parameters<typeof aLeaseComputed>[0], storedAtMs: number) => ({
    result: aLeaseComputed({ job_id: jobId, begin, end, ...given }),
    storedAtMs,
  });
  const results = [
    result(
      0,
      4,
      { worker: 'a', compute_ms: 8, failed: [{ chunk: 1, error: { code: 'x', message: 'no', retryable: true } }] },
      1_000,
    ),
    result(1, 2, { worker: 'b', compute_ms: 3, attempt: 1 }, 2_000),
    result(2, 4, { worker: 'late', compute_ms: 3 }, 3_000),
  ];
  const known: Known = { ...none, total: 4, chunks: { ...none.chunks, done: [[0, 4]] }, results };
  expect(short(known)).toEqual([
    [0, 1, 'done', 1, 'a'],
    [1, 2, 'done', 2, 'b'],
    [2, 4, 'done', 1, 'a'],
  ]);
  expect(chunkRows(known, all).rows[1]).toMatchObject({ at: '1970-01-01T00:00:02.000Z', compute_ms: 3 });
});

test('a dead chunk has the story of its runs', () => {
  const run = { run: 1, code: 'x', message: 'no', worker: 'w', at: '2026-11-28T12:00:00.000Z' };
  const letter: DeadChunk = {
    v: 1,
    type: 'DeadChunk',
    job_id: jobId,
    tenant: 'local',
    kind: 'sum',
    begin: 3,
    end: 4,
    round: 0,
    error: { code: 'x', message: 'no', retryable: true },
    runs: [run, { ...run, run: 2, worker: 'v' }],
    died_at: '2026-11-28T12:00:01.000Z',
  };
  const known: Known = { ...none, total: 4, chunks: { ...none.chunks, failed: [[2, 4]] }, dead: [letter] };
  expect(chunkRows(known, { ...all, state: 'dead' }).rows).toMatchObject([
    { begin: 2, end: 3, state: 'dead', run: null, runs: [] },
    { begin: 3, end: 4, state: 'dead', run: 2, worker: 'v', error: 'no', runs: [run, { run: 2 }] },
  ]);
});

test('pages together have every chunk once, in order, whatever is known', () => {
  const span = fc
    .tuple(fc.nat(30), fc.integer({ min: 1, max: 8 }))
    .map(([begin, length]): [number, number] => [begin, begin + length]);
  fc.assert(
    fc.property(
      fc.array(span),
      fc.array(span),
      fc.array(span),
      fc.array(span),
      fc.integer({ min: 1, max: 5 }),
      (done, leased, failed, held, limit) => {
        const known: Known = {
          ...none,
          total: 40,
          chunks: { done, leased, failed, coarse: true },
          held: held.map(([begin, end]) => ({ begin, end, attempt: 0, worker: 'w' })),
        };
        const seen: number[] = [];
        for (let from: number | undefined = 0; from !== undefined;) {
          const { rows, next }: ReturnType<typeof chunkRows> = chunkRows(known, { from, limit });
          for (const { begin, end } of rows) for (let chunk = begin; chunk < end; chunk += 1) seen.push(chunk);
          from = next;
        }
        expect(seen).toEqual(Array.from({ length: 40 }, (_, chunk) => chunk));
      },
    ),
    { numRuns: 60 },
  );
});
