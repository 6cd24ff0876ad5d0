import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import { describe, expect, it } from 'vitest';
import { heatOf, heatViewOf, leasesOfChunk } from './heat.ts';

const lease = (begin: number, end: number, more: Partial<AnsweredLease> = {}): AnsweredLease => ({
  op: 'compute',
  begin,
  end,
  attempt: 1,
  worker: 'a',
  slot: 0,
  from_ms: 0,
  took_ms: 100 * (end - begin),
  outcome: 'computed',
  failed_chunks: 0,
  ...more,
});
const layout = { cells: 6, chunksPerCell: 1 };

describe('a heat map', () => {
  it('is dark where a chunk took long beside the median, and empty where nothing is kept', () => {
    const { tint, shades } = heatOf('time', [lease(0, 3), lease(3, 4), lease(4, 5, { took_ms: 5_000 })], layout);
    expect([...tint]).toEqual([2, 2, 2, 2, 5, 0]);
    expect(shades.map(({ name }) => name)).toEqual(['up to 50 ms', 'to 0.15 s', 'to 0.30 s', 'to 0.60 s', 'above 0.60 s']);
  });

  it('shows the last run of a chunk', () => {
    const runs = [lease(0, 6), lease(2, 3, { attempt: 2 }), lease(2, 3, { attempt: 9 })];
    const { tint, shades } = heatOf('run', runs, layout);
    expect([...tint]).toEqual([1, 1, 4, 1, 1, 1]);
    expect(shades.at(-1)!.name).toBe('run 4 or later');
  });

  it('has one colour a worker, and one for all beyond the eighth', () => {
    const many = Array.from({ length: 12 }, (_, at) => lease(at, at + 1, { worker: `w${at}` }));
    const { tint, shades } = heatOf('worker', many, { cells: 12, chunksPerCell: 1 });
    expect([...tint]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8]);
    expect(shades.at(-1)!.name).toBe('others');
    expect(heatOf('worker', many.slice(0, 8), layout).shades.at(-1)!.name).toBe('w7');
  });

  it('counts what was merged or done twice for nothing', () => {
    const { tint } = heatOf('run', [lease(0, 0, { op: 'merge' }), lease(0, 2, { outcome: 'ignored' })], layout);
    expect([...tint]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('has cells of several chunks', () => {
    expect([...heatOf('run', [lease(5, 6)], { cells: 3, chunksPerCell: 3 }).tint]).toEqual([0, 1, 0]);
  });
});

it('the leases of a chunk are those that had it, the newest first', () => {
  const all = [lease(0, 6), lease(6, 9), lease(2, 3, { attempt: 2 })];
  expect(leasesOfChunk(all, 2, 5).map(({ attempt }) => attempt)).toEqual([2, 1]);
  expect(leasesOfChunk(all, 2, 1).map(({ attempt }) => attempt)).toEqual([2]);
});

it('an address names what the cells are coloured by; what it cannot name is the state', () => {
  const named = (by: string) => heatViewOf(new URLSearchParams({ by }));
  expect([named('time'), named('run'), named('constructor'), heatViewOf(new URLSearchParams())]).toEqual([
    'time',
    'run',
    'state',
    'state',
  ]);
});
