import type { Kind, Worker } from '@manyhands/sdk';
import { expect, it } from 'vitest';
import { findings, type Observed } from './findings.ts';

const nowMs = Date.parse('2026-11-28T20:00:00.500Z');
const healthy: Observed = {
  url: 'http://gateway',
  by: 'option',
  node: '24.1.0',
  answers: true,
  date: 'Sat, 28 Nov 2026 20:00:00 GMT',
  askedAtMs: nowMs,
  answeredAtMs: nowMs + 20,
  readiness: { ready: true, checks: { nats: true, storage: true, coordinators: 1, workers: 1 } },
  kinds: [{ kind: 'pi', live_workers: 1 } as Kind],
  workers: [{ builds: { pi: 'a' } } as unknown as Worker],
  queues: { dead_letters: 0 } as Observed['queues'],
};
const bad = (more: Partial<Observed>) => findings({ ...healthy, ...more }).filter(({ state }) => state !== 'ok');

it('a healthy system has nothing wrong', () => {
  expect(bad({})).toEqual([]);
  expect(findings(healthy).map(({ what }) => what)).toEqual([
    'node',
    'gateway',
    'nats',
    'storage',
    'coordinators',
    'workers',
    'dead letters',
    'clocks',
  ]);
});

it.each<[string, Partial<Observed>, object]>([
  ['an old Node', { node: '20.1.0' }, { state: 'wrong', what: 'node' }],
  ['no gateway', { answers: false }, { state: 'wrong', what: 'gateway' }],
  ['another program', { readiness: undefined }, { state: 'wrong', what: 'readiness' }],
  [
    'no NATS',
    { readiness: { ready: false, checks: { ...healthy.readiness!.checks!, nats: false } } },
    { state: 'wrong', what: 'nats' },
  ],
  [
    'a full disk',
    { readiness: { ready: false, checks: { ...healthy.readiness!.checks!, storage: false } } },
    { what: 'storage' },
  ],
  [
    'no coordinator',
    { readiness: { ready: false, checks: { ...healthy.readiness!.checks!, coordinators: 0 } } },
    { what: 'coordinators' },
  ],
  [
    'no worker',
    { readiness: { ready: false, checks: { ...healthy.readiness!.checks!, workers: 0 } } },
    { state: 'wrong', what: 'workers' },
  ],
  [
    'a stuck partition',
    {
      readiness: {
        ready: false,
        checks: { ...healthy.readiness!.checks!, stuck_partitions: [{ partition: '03', for_sec: 61.2, why: 'it waits' }] },
      },
    },
    { state: 'wrong', what: 'partition', detail: '03 is stuck for 61 s: it waits' },
  ],
  [
    'drift that is mended',
    {
      readiness: {
        ready: true,
        checks: {
          ...healthy.readiness!.checks!,
          troubles: [{ what: 'stream WORK', problem: 'was removed', since: '', mended: true }],
        },
      },
    },
    { state: 'warning', what: 'drift' },
  ],
  ['a kind without workers', { kinds: [{ kind: 'old', live_workers: 0 } as Kind] }, { state: 'warning', what: 'kind' }],
  [
    'two builds of a kind',
    { workers: ['a', 'b'].map((build) => ({ builds: { pi: build } }) as unknown as Worker) },
    { state: 'warning', what: 'kind', detail: expect.stringContaining('2 builds of pi') as string },
  ],
  ['no metrics', { queues: undefined }, { state: 'warning', what: 'metrics' }],
  ['dead letters', { queues: { dead_letters: 3 } as Observed['queues'] }, { state: 'warning', what: 'dead letters' }],
  ['a clock that is late', { date: 'Sat, 28 Nov 2026 19:59:30 GMT' }, { state: 'warning', what: 'clocks' }],
  ['a clock that is early', { date: 'Sat, 28 Nov 2026 20:01:00 GMT' }, { state: 'warning', what: 'clocks' }],
])('%s is found', (_, more, finding) => {
  expect(bad(more)).toEqual([expect.objectContaining(finding)]);
});
