import { expect, it } from 'vitest';
import { figuresOf, spreadOf } from './figures.ts';
import type { Entry } from './history.ts';

const view = {
  what: 'revision',
  job: 'a',
  revision: 1,
  status: 'running',
  progress: 0,
  completed: 0,
  failed: 0,
  total: 4,
} as const;

it('recovery counts from a fault to the next step ahead of each job it found running', () => {
  const entries: Entry[] = [
    { ...view, atMs: 0 },
    { ...view, atMs: 0, job: 'done', status: 'completed', completed: 4 },
    { atMs: 100, what: 'fault', fault: { atMs: 100, kind: 'kill', target: 'compute-2' }, hit: 'compute-2' },
    { ...view, atMs: 200 },
    { ...view, atMs: 400, completed: 1 },
    { ...view, atMs: 450, completed: 4, status: 'completed' },
  ];
  const { recoveryMs, stallMs, faults } = figuresOf(entries);
  expect(recoveryMs).toEqual({ count: 1, p50: 300, p99: 300, max: 300 });
  expect(stallMs.max).toBe(400);
  expect(faults).toEqual({ 'kill compute': 1 });
});

it('recovery of a fault that lasts counts from its end, and of one the broker was hit again after, not at all', () => {
  const fault = (atMs: number, forMs: number): Entry => ({
    atMs,
    what: 'fault',
    fault: { atMs, kind: 'pause-server', role: 'any', forMs },
    hit: 'nats-1',
  });
  expect(figuresOf([{ ...view, atMs: 0 }, fault(10, 100), { ...view, atMs: 150, completed: 1 }]).recoveryMs.max).toBe(40);
  expect(
    figuresOf([{ ...view, atMs: 0 }, fault(10, 10), fault(60, 10), { ...view, atMs: 150, completed: 1 }]).recoveryMs,
  ).toMatchObject({ count: 1, max: 80 });
});

it('chunks of stored results beyond the total of their job are a share', () => {
  const ended = {
    ...view,
    atMs: 9,
    what: 'ended',
    status: 'completed',
    completed: 4,
    result: 1,
    done: [[0, 4]],
    workers: {},
    duplicates: 1,
    retries: 0,
  } as const;
  const result = (begin: number, end: number, delivery: number, left = 0): Entry => ({
    atMs: 9,
    what: 'stored-result',
    job: 'a',
    lease: `${begin}-${end}-0`,
    about: { op: 'compute', begin, end, attempt: 0 },
    type: 'LeaseComputed',
    delivery,
    worker: 'w',
    left,
  });
  const figures = figuresOf([ended, result(0, 4, 1, 1), result(3, 4, 1), result(2, 4, 2)]);
  expect(figures).toMatchObject({ jobs: 1, chunks: 4, reexecutedShare: 0.5, redeliveredLeases: 1, duplicateResults: 1 });
});

it('a spread of nothing is nothing, and p99 of a hundred is the last but one', () => {
  expect(spreadOf([])).toEqual({ count: 0, p50: 0, p99: 0, max: 0 });
  expect(spreadOf(Array.from({ length: 100 }, (_, index) => index + 1))).toEqual({ count: 100, p50: 50, p99: 99, max: 100 });
});
