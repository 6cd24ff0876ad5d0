import { expect, it } from 'vitest';
import type { Entry, Happening } from '../history.ts';
import { BOUNDS, RECOVERY_MS_MAX } from './bounds.ts';
import { violationsOf } from './invariants.ts';
import { failuresOf } from './verdict.ts';

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
const kill = { what: 'fault', fault: { atMs: 0, kind: 'kill', target: 'compute-1' }, hit: 'compute-1' } as const;
const submitted = { what: 'submitted', job: 'a', through: 'g', kind: 'sum', chunks: 4, expected: 10, afterMs: 5 } as const;
const ended = {
  ...view,
  what: 'ended',
  status: 'completed',
  completed: 4,
  result: 1,
  done: [[0, 4]],
  workers: {},
  duplicates: 0,
  retries: 0,
} as const;
const result = (begin: number, end: number): Happening => ({
  what: 'stored-result',
  job: 'a',
  lease: `${begin}-${end}-0`,
  about: { op: 'compute', begin, end, attempt: 0 },
  type: 'LeaseComputed',
  delivery: 1,
  worker: 'w',
});
const at = (happening: Happening, atMs = 0): Entry => ({ atMs, ...happening });

it.each<[id: string, kept: Entry[], broken: Entry[]]>([
  [
    'B1',
    [at(view), at(kill, 10), at({ ...view, completed: 1 }, 10 + RECOVERY_MS_MAX)],
    [at(view), at(kill, 10), at({ ...view, completed: 1 }, 11 + RECOVERY_MS_MAX)],
  ],
  ['B2', [at(kill), at(ended), at(result(0, 4))], [at(kill), at(ended), at(result(0, 4)), at(result(0, 1))]],
  ['B2', [at(ended), at(result(0, 4)), at(result(0, 1))], [at(kill), at(ended), at(result(0, 4)), at(result(0, 2))]],
  [
    'B3',
    [at({ what: 'storm', inFlight: 1_000, drainedInMs: 9_000 })],
    [at({ what: 'storm', inFlight: 999, drainedInMs: 9_000 })],
  ],
  ['B3', [], [at({ what: 'storm', inFlight: 1_000, drainedInMs: 60_001 })]],
  [
    'B4',
    [at({ what: 'replaced', process: 'metrics', tookMs: 90, how: 'ended by SIGTERM' }), at(submitted)],
    [at({ what: 'replaced', process: 'metrics', tookMs: 90, how: 'ended by SIGKILL' }), at(submitted)],
  ],
  [
    'B4',
    [at({ what: 'replaced', process: 'nats-1', tookMs: 90, how: 'ended with 1' })],
    [at({ what: 'replaced', process: 'nats-1', tookMs: 10_001, how: 'ended with 1' })],
  ],
  [
    'B4',
    [at({ ...submitted, afterMs: 99_999 })],
    [at({ what: 'replaced', process: 'metrics', tookMs: 90, how: 'ended with 0' }), at({ ...submitted, afterMs: 99_999 })],
  ],
])('%s is kept by one run and broken by another', (id, kept, broken) => {
  expect(violationsOf(kept, BOUNDS)).toEqual([]);
  expect(violationsOf(broken, BOUNDS)).toEqual([expect.stringMatching(new RegExp(`^${id}: `))]);
});

it('a stage with a planted bug fails unless what it breaks was found', () => {
  expect(failuresOf({}, ['I2: b'])).toEqual(['I2: b']);
  expect(failuresOf({ planted: 'counts-copies' }, ['I2: b', 'I3: c'])).toEqual([]);
  expect(failuresOf({ planted: 'counts-copies' }, ['I3: c'])).toEqual(['counts-copies runs, and I2 is not seen to be broken']);
});
