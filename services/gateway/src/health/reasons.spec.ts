import { expect, it } from 'vitest';
import { reasonsOf, type Checks } from './reasons.ts';

const well: Checks = { nats: true, storage: true, coordinators: 1, workers: 1 };
const there = { trouble: undefined, isConnected: true };

it('there is no reason while a job would be computed', () => {
  const troubles = [{ what: 'stream WORK', problem: 'it was gone', since: '2026-01-01T00:00:00Z', mended: true }];
  expect(reasonsOf({ ...well, troubles }, there)).toEqual([]);
});

it('while NATS is away nothing is said about what only NATS knows', () => {
  const away = { ...well, nats: false, storage: false, coordinators: 0, workers: 0 };
  expect(reasonsOf(away, { trouble: 'full', isConnected: false })).toEqual(['NATS is not reachable.']);
  expect(reasonsOf(away, there)).toEqual(['NATS does not answer as it must, so the gateway does not know what is stored now.']);
});

it('each thing that is missing is a sentence of its own', () => {
  const stuck = [{ partition: 'p3', for_sec: 12, why: 'a job cannot be read' }];
  const troubles = [{ what: 'stream WORK', problem: 'it is gone', since: '2026-01-01T00:00:00Z', mended: false }];
  const checks: Checks = { nats: true, storage: false, coordinators: 0, workers: 0, stuck_partitions: stuck, troubles };
  expect(reasonsOf(checks, { trouble: 'the disk is full.', isConnected: true })).toEqual([
    'No job is stored right now: the disk is full.',
    'No coordinator is running; start one.',
    'No worker is running; start one.',
    'Partition p3 has been stuck for 12 s: a job cannot be read',
    'On NATS stream WORK is not as needed: it is gone.',
  ]);
});
