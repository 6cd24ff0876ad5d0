import { expect, it } from 'vitest';
import type { Entry, Happening } from '../history.ts';
import { INVARIANTS, violationsOf } from './invariants.ts';

const sight = { job: 'a', status: 'completed', progress: 1, completed: 4, failed: 0, total: 4 } as const;
const about = { op: 'compute', begin: 0, end: 4, attempt: 0 } as const;
const rest = {
  workMessages: 0,
  leasesWaiting: 0,
  leasesInFlight: 0,
  mailboxWaiting: 0,
  deadLetters: 0,
  snapshots: 0,
  orphanConsumers: [],
  busySlots: 0,
  workers: 1,
  workersExpected: 1,
};

/** A run of one job in which nothing went wrong. */
const good = {
  submitted: { what: 'submitted', job: 'a', through: 'g', kind: 'sum', chunks: 4, expected: 10, afterMs: 5 },
  repeated: { what: 'repeated', job: 'a', outcome: 'exists' },
  running: { what: 'revision', revision: 5, ...sight, status: 'running', progress: 0.5, completed: 2 },
  final: { what: 'revision', revision: 6, ...sight },
  seenHalf: { what: 'seen', client: 'events', ...sight, status: 'running', progress: 0.5, completed: 2 },
  seen: { what: 'seen', client: 'events', ...sight },
  submit: { what: 'stored-submit', job: 'a' },
  result: { what: 'stored-result', job: 'a', lease: '0-4-0', about, type: 'LeaseComputed', delivery: 1, worker: 'w' },
  ended: { what: 'ended', revision: 6, ...sight, result: 10, done: [[0, 4]], workers: { w: 4 }, duplicates: 0, retries: 0 },
  told: { what: 'told', job: 'a', status: 'completed', result: 10, completed: 4 },
  row: { what: 'row', job: 'a', status: 'completed', result: 10, completed: 4 },
  rest: { what: 'rest', rest },
  one: { what: 'replica', server: 'n1', stream: 'MAILBOX', messages: 2, first: 1, last: 2, hash: 'x' },
  two: { what: 'replica', server: 'n2', stream: 'MAILBOX', messages: 2, first: 1, last: 2, hash: 'x' },
} as const satisfies Record<string, Happening>;
type Name = keyof typeof good;

/** The good run with some entries replaced, left out (null) or added behind. */
function run(changes: Partial<Record<Name, Happening | null>> = {}, ...more: Happening[]): Entry[] {
  const entries = Object.entries({ ...good, ...changes }).flatMap(([, happening]) =>
    happening === null ? [] : [happening as Happening],
  );
  return [...entries, ...more].map((happening, index) => ({ atMs: index, ...happening }));
}

it('a good run breaks nothing', () => {
  expect(violationsOf(run())).toEqual([]);
});

it('a job cancelled on request may end cancelled', () => {
  const cancelled = { status: 'cancelled', completed: 2, progress: 0.5 } as const;
  const entries = run(
    {
      final: { ...good.final, ...cancelled },
      seen: { ...good.seen, ...cancelled },
      ended: { ...good.ended, ...cancelled, result: null, done: [[0, 2]], workers: { w: 2 } },
      told: { ...good.told, status: 'cancelled', result: null, completed: 2 },
      row: { ...good.row, status: 'cancelled', result: null, completed: 2 },
    },
    { what: 'cancelled', job: 'a' },
  );
  expect(violationsOf(entries)).toEqual([]);
});

it.each<[id: string, says: string, entries: Entry[]]>([
  ['I1', 'a was accepted and is gone', run({ ended: null })],
  ['I1', 'a was accepted and is still running', run({ ended: { ...good.ended, status: 'running' } })],
  ['I1', 'a was cancelled by nobody', run({ ended: { ...good.ended, status: 'cancelled' } })],
  ['I1', 'a failed, although', run({ ended: { ...good.ended, status: 'failed' } })],
  ['I1', 'the end of a was told 2 times', run({}, good.told)],
  ['I1', 'a did not end in 9 ms', run({}, { what: 'overdue', job: 'a', afterMs: 9 })],
  ['I2', 'a (sum) answers 11, right is 10', run({ ended: { ...good.ended, result: 11 } })],
  ['I2', 'a is completed with 3 done', run({ ended: { ...good.ended, completed: 3, workers: { w: 3 } } })],
  ['I2', 'a is completed with the spans [[0,3]]', run({ ended: { ...good.ended, done: [[0, 3]] } })],
  ['I2', 'its workers counted 5 chunks, 4 are done', run({ ended: { ...good.ended, workers: { w: 3, v: 2 } } })],
  ['I2', 'a has 4 chunks, 5 were submitted', run({ submitted: { ...good.submitted, chunks: 5 } })],
  ['I3', 'its submit is not stored', run({ submit: null, result: null, ended: null })],
  ['I3', 'b has results or a view, but no submit', run({}, { ...good.result, job: 'b' })],
  ['I3', '2 results of one lease are stored: a 0-4-0', run({}, good.result)],
  ['I3', 'the submit of a is stored 2 times', run({}, good.submit)],
  ['I3', 'a submitted again became another job: b', run({ repeated: { ...good.repeated, outcome: 'another job: b' } })],
  ['I3', 'a counted 3 chunks at its end and 4 later', run({ final: { ...good.final, completed: 3 } })],
  ['I4', 'events saw the count of a go back from 2 to 1', run({ seen: { ...good.seenHalf, completed: 1 } })],
  ['I4', 'events saw a go from completed to running', run({}, { ...good.seen, status: 'running' })],
  ['I4', 'events saw the bar of a go back from 0.5 to 0.4', run({ seen: { ...good.seenHalf, progress: 0.4 } })],
  ['I4', 'events saw a completed at 0.9', run({ seen: { ...good.seen, progress: 0.9 } })],
  ['I5', 'lease 0-4-0 of a is attempt 4 of 3', run({ result: { ...good.result, about: { ...about, attempt: 3 } } })],
  ['I5', 'lease 0-4-0 of a was computed in delivery 4 of 3', run({ result: { ...good.result, delivery: 4 } })],
  ['I6', 'nobody looked', run({ rest: null })],
  ...(
    ['workMessages', 'leasesWaiting', 'leasesInFlight', 'mailboxWaiting', 'deadLetters', 'snapshots', 'busySlots'] as const
  ).map((what): [string, string, Entry[]] => ['I6', '1 ', run({ rest: { what: 'rest', rest: { ...rest, [what]: 1 } } })]),
  ['I6', 'consumer WORK x belongs to nobody', run({ rest: { what: 'rest', rest: { ...rest, orphanConsumers: ['WORK x'] } } })],
  ['I6', '2 workers are listed, 1 run', run({ rest: { what: 'rest', rest: { ...rest, workers: 2 } } })],
  ['I7', 'MAILBOX differs: n1: 2 messages 1–2 (x); n2: 2 messages 1–2 (y)', run({ two: { ...good.two, hash: 'y' } })],
  ['I8', 'history misses a', run({ row: null })],
  ['I8', 'history has b, whose end was never told', run({}, { ...good.row, job: 'b' })],
  ['I8', 'history says ["completed",10,3] of a', run({ row: { ...good.row, completed: 3 } })],
  ['I9', 'from revision 5 to 4', run({ final: { ...good.final, revision: 4 } })],
  ['I9', 'the final view of a (completed) was overwritten', run({}, { ...good.final, revision: 7 })],
  ['I9', 'a went from running to pending', run({ final: { ...good.final, status: 'pending' } })],
  ['I9', 'the stored count of a went back from 2 to 1', run({ final: { ...good.running, revision: 6, completed: 1 } })],
  [
    'I10',
    'b is stored, and no key was answered with it',
    run(
      {},
      { what: 'stored-submit', job: 'b' },
      { ...good.ended, job: 'b' },
      { ...good.told, job: 'b' },
      { ...good.row, job: 'b' },
    ),
  ],
  ['I11', 'compute-1 never passed after-result', run({}, { what: 'armed', process: 'compute-1', point: 'after-result' })],
])('%s is broken when %s', (id, says, entries) => {
  const found = violationsOf(entries).filter((violation) => violation.startsWith(`${id}: `));
  expect(found.join('\n')).toContain(says);
  expect(found).toHaveLength(1);
});

it('every promise has a run that breaks it', () => {
  expect(INVARIANTS.map(({ id }) => id)).toEqual(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11']);
});
