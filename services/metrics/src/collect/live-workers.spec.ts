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

test('slots of a kind are its own or the shared ones, of workers that take leases', () => {
  const live = new LiveWorkers();
  live.note('w1', encode(aWorkerHeartbeat({ worker: 'w1', slots: 4, kinds: ['sum', 'primes'] })), 0);
  live.note('w2', encode(aWorkerHeartbeat({ worker: 'w2', slots: 5, kinds: ['sum', 'wait'], kind_slots: { wait: 3 } })), 0);
  live.note('w3', encode(aWorkerHeartbeat({ worker: 'w3', slots: 7, kinds: ['sum'], draining: true })), 0);
  expect(Object.fromEntries(live.kindSlots())).toEqual({ sum: 6, primes: 4, wait: 3 });
});

test('what was computed is summed from when a worker is first seen, and stays when it leaves', () => {
  const live = new LiveWorkers();
  live.note('w1', encode(aWorkerHeartbeat({ chunks_done: 1_000 })), 0);
  expect(live.chunksComputed).toBe(0);
  live.note('w1', encode(aWorkerHeartbeat({ chunks_done: 1_010 })), 1);
  live.note('w1', undefined, 2);
  live.note('w1', encode(aWorkerHeartbeat({ chunks_done: 3 })), 3);
  expect(live.chunksComputed).toBe(10);
});

test('the clock that is furthest from the server counts, ahead or behind', () => {
  const live = new LiveWorkers();
  expect(live.clockDifferenceMs).toBeUndefined();
  const at = (ms: number) => new Date(1_000_000 + ms).toISOString();
  live.note('w1', encode(aWorkerHeartbeat({ beat_at: at(-7_000) })), 0, 1_000_000);
  live.note('w2', encode(aWorkerHeartbeat({ beat_at: at(3_000) })), 0, 1_000_000);
  expect(live.clockDifferenceMs).toBe(7_000);
  live.note('w1', undefined, 0);
  expect(live.clockDifferenceMs).toBe(3_000);
});
