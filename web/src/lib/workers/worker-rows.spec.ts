import type { WorkerSample } from '@manyhands/proto/worker-samples';
import { describe, expect, it } from 'vitest';
import { curvesOf, meanBusy, pathOf, workerRows, type Beat } from './worker-rows.ts';

const beat = (worker: string, given: Partial<Beat> = {}): Beat => ({
  worker,
  host: 'host',
  pid: 1,
  kinds: ['sum'],
  slots: 2,
  busy_slots: 0,
  leases: [],
  leases_done: 0,
  chunks_done: 0,
  chunks_failed: 0,
  memory_mb: 64,
  started_at: '2026-11-21T23:40:00.000Z',
  beat_at: '2026-11-21T23:40:00.000Z',
  draining: false,
  ...given,
});
const sample = (atSec: number, busy: number, chunks: number): WorkerSample => ({ atSec, beats: 1, busy, chunks, memoryMb: 60 });

describe('the rows', () => {
  it.each([
    [beat('w', { busy_slots: 1 }), 'computing'],
    [beat('w'), 'idle'],
    [beat('w', { busy_slots: 1, draining: true }), 'draining'],
    [beat('w', { draining: true }), 'drained'],
  ] as const)('state what each does: %#', (live, state) => {
    expect(workerRows([live], [], new Map())[0]!.state).toBe(state);
  });

  it('have those that left at the end, the newest first, and one that just left before it is known since when', () => {
    const recorded = [
      { worker: beat('there'), gone_at: null, samples: [] },
      { worker: beat('old'), gone_at: '2026-11-21T23:41:00.000Z', samples: [] },
      { worker: beat('new', { draining: true }), gone_at: '2026-11-21T23:42:00.000Z', samples: [] },
      { worker: beat('just'), gone_at: null, samples: [] },
    ];
    const rows = workerRows([beat('there')], recorded, new Map([['old', [sample(5, 1, 1)]]]));
    expect(rows.map(({ beat: { worker }, state }) => `${worker} ${state}`)).toEqual([
      'there idle',
      'just gone',
      'new ended',
      'old gone',
    ]);
    expect(rows[3]!.samples).toHaveLength(1);
  });
});

it('curves have the part of the slots, and chunks a second; a count that falls is none', () => {
  const samples = [sample(0, 1, 10), sample(5, 2, 30), sample(20, 0, 5)];
  expect(curvesOf(samples, 2)).toEqual({ at: [0, 5, 20], busy: [0.5, 1, 0], perSec: [0, 4, 0], memory: [60, 60, 60] });
  const rows = workerRows([beat('a'), beat('b')], [], new Map([['a', samples]]));
  expect(meanBusy(rows)).toBeCloseTo(0.5);
  expect(meanBusy([])).toBeNull();
});

it('a path goes from left to right, and stays in its box', () => {
  expect(pathOf([0, 50, 100], [0, 5, 20], 0, 100, 10)).toBe('M0.0 23.0L50.0 12.0L100.0 1.0');
  expect(pathOf([1], [1], 0, 1, 1)).toBe('');
  expect(pathOf([0, 1], [0, 0], 0, 1, 0)).toBe('M0.0 23.0L100.0 23.0');
});
