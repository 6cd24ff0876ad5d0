import { encode } from '@manyhands/proto';
import { aWorkerHeartbeat } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import { LiveWorkers } from './live-workers.ts';

test('workers, slots and rates are added up, and a worker that left counts no more', () => {
  const live = new LiveWorkers();
  live.note('w1', encode(aWorkerHeartbeat({ worker: 'w1', slots: 4, busy_slots: 3, chunks_done: 10 })), 0);
  live.note('w2', encode(aWorkerHeartbeat({ worker: 'w2', slots: 2, busy_slots: 0, chunks_done: 0 })), 0);
  live.note('w1', encode(aWorkerHeartbeat({ worker: 'w1', slots: 4, busy_slots: 4, chunks_done: 40 })), 3_000);
  live.note('w2', encode(aWorkerHeartbeat({ worker: 'w2', slots: 2, busy_slots: 1, chunks_done: 15 })), 3_000);
  expect(live.totals()).toEqual({ workers: 2, slots: 6, busySlots: 5 });
  expect(live.chunksPerSec(3_000)).toBe(15);
  live.note('w1', undefined, 4_000);
  expect(live.totals()).toEqual({ workers: 1, slots: 2, busySlots: 1 });
  expect(live.chunksPerSec(4_000)).toBe(5);
});

test('a heartbeat that cannot be read is no worker', () => {
  const live = new LiveWorkers();
  live.note('w1', encode({ type: 'SomethingElse' }), 0);
  expect(live.totals()).toEqual({ workers: 0, slots: 0, busySlots: 0 });
});
