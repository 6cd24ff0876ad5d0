import { describe, expect, it } from 'vitest';
import { sumOf } from '../containment/chunk-value.ts';
import type { End } from '../containment/seen.ts';
import { shortageOf } from '../../../libs/broker/src/room/shortage.ts';
import { lineFlaw, listsBreak } from './crashed-lists.ts';
import { FAILING_SHORT, failingBreaks, type FailingRun } from './failing-million.ts';
import { frozenBreaks } from './frozen-purge.ts';
import { fullBreaks, namesAnother, type Episode } from './full-limits.ts';
import { FULL_TARGETS } from './full-targets.ts';
import { bytesBreaks, bytesCases } from './hostile-bytes.ts';
import { Random } from '../../simulation/random.ts';
import { lateBreaks } from './late-coordinator.ts';
import { roamingBreaks, type RoamingRun } from './roaming.ts';
import { returningBreaks } from './returning-owner.ts';
import { youngBreaks } from './young-schedules.ts';
import { rollingBreaks } from './rolling-deploys.ts';
import { slipsBreak, SLIP_KINDS } from './slips.ts';

const { sum, faulty } = sumOf(100, { every: 10, salt: 0 });
const end: End = {
  status: 'completed',
  answer: String(sum),
  detail: 'gaps',
  error: null,
  completed: 100 - faulty,
  failed: faulty,
  total: 100,
  round: 0,
};
const failing: FailingRun = {
  ...FAILING_SHORT,
  chunks: 100,
  noiseMs: { p50: 40, p95: 150 },
  end,
  tookMs: 9,
  alone: [100, 100, 100],
  beside: [190, 199, 200],
  besideLeft: 0,
  mbMax: 299,
  turnMsMax: 50,
};

describe('a failing million', () => {
  it('holds', () => expect(failingBreaks(failing)).toEqual([]));
  it.each<[string, Partial<FailingRun>, RegExp]>([
    ['it has not ended', { end: undefined }, /has not ended/],
    ['it failed', { end: { ...end, status: 'failed', error: 'no' } }, /is failed: no/],
    ['a chunk is lost', { end: { ...end, completed: 89 } }, /89 chunks are done and 10 given up/],
    ['its answer is wrong', { end: { ...end, answer: '1' } }, /the answer is 1/],
    ['others are slow', { beside: [90, 201, 201] }, /p50 of a small job is 201 ms beside it, 100 ms alone/],
    ['another is lost', { besideLeft: 1 }, /1 small jobs did not end/],
    ['it takes memory', { mbMax: 300 }, /had 300 MB/],
    ['a turn is long', { turnMsMax: 51 }, /a turn took 51 ms/],
  ])('is broken when %s', (_, change, says) => expect(failingBreaks({ ...failing, ...change }).join('\n')).toMatch(says));
});

describe('a late coordinator', () => {
  const late = {
    results: 10,
    foldWithinMs: 1,
    waitingMb: 2.55,
    left: [],
    wrong: [],
    foldedInMs: 1,
    slowConsumers: 0,
    reconnects: 0,
  };
  it('holds', () => expect(lateBreaks(late)).toEqual([]));
  it.each([
    [{ waitingMb: 2 }, /only 2 MB waited/],
    [{ left: ['a'] }, /1 of 10 jobs were not folded/],
    [{ wrong: ['a'] }, /1 of 10 jobs have a wrong answer/],
    [{ slowConsumers: 1 }, /cut off as a slow consumer/],
    [{ reconnects: 2 }, /2 connections were made anew/],
  ])('is broken by %j', (change, says) => expect(lateBreaks({ ...late, ...change })).toEqual([expect.stringMatching(says)]));
});

describe('young schedules', () => {
  const young = { rounds: 2, schedules: 5, kills: 2, missed: [], silent: [], twice: [], unwanted: [], madeUpMsMax: 9 };
  it('hold', () => expect(youngBreaks(young)).toEqual([]));
  it.each([
    [{ kills: 1 }, /was killed 1 times in 2 rounds/],
    [{ missed: ['a'] }, /the run of a that was due while nats-server was dead has not come/],
    [{ silent: ['a'] }, /a has no alarm for its next run/],
    [{ twice: ['a'] }, /a made more than one job for one minute/],
    [{ unwanted: ['a'] }, /a made a job/],
  ])('are broken by %j', (change, says) => expect(youngBreaks({ ...young, ...change })).toEqual([expect.stringMatching(says)]));
});

describe('full limits', () => {
  const calm = { acceptedLate: 0, misnamed: [], odd: [], left: [], goesOnAfterMs: 9, stillMs: 15_000, notDeleted: [] };
  const jobs: Episode = { ...calm, target: 'jobs', accepted: 5, refused: 5, stillMs: 60_000 };
  const events: Episode = { ...calm, target: 'events', accepted: 5, refused: 0, acceptedLate: 5 };
  const of = (...episodes: Episode[]) => fullBreaks({ episodes, turnMsMax: 50, rebuilt: 0 });
  it('hold', () => expect(of(jobs, events, { ...events, target: 'workers', refused: 3 })).toEqual([]));
  it.each<[Partial<Episode>, RegExp]>([
    [{ odd: ['500 x'] }, /jobs is full, and 1 submits were answered with 500 x/],
    [{ misnamed: ['b'] }, /jobs is full, and 1 submits were refused for another: b/],
    [{ left: ['a'] }, /1 of 5 jobs accepted while jobs was full have not ended: a/],
    [{ goesOnAfterMs: undefined }, /nothing goes on after jobs was full/],
    [{ acceptedLate: 1 }, /jobs is full, and 1 jobs were accepted all the same/],
    [{ notDeleted: ['a: b'] }, /1 jobs that were over after jobs was full were not deleted: a: b/],
  ])('are broken by %j', (change, says) => expect(of({ ...jobs, ...change })).toEqual([expect.stringMatching(says)]));
  it.each<[Partial<Episode>, RegExp]>([
    [{ refused: 1 }, /events is full, which concerns no job, and 1 submits were refused/],
    [{ stillMs: 15_001 }, /events is full, which concerns no job, and a partition stood still for 15001 ms/],
  ])('are broken by %j where no job is concerned', (change, says) =>
    expect(of({ ...events, ...change })).toEqual([expect.stringMatching(says)]),
  );
  it('know a refusal by what it names', () => {
    const refusal = `The job was not stored because the system is full: ${shortageOf([{ what: 'jobs', bytes: 10, maxBytes: 10 }])}`;
    expect([namesAnother(refusal, FULL_TARGETS.jobs), namesAnother(refusal, FULL_TARGETS.mailbox)]).toEqual([false, true]);
    expect(namesAnother('No worker has registered a kind yet', FULL_TARGETS.kinds)).toBe(false);
  });
  it('are broken by a long turn and by work for a watchdog', () =>
    expect(fullBreaks({ episodes: [jobs], turnMsMax: 51, rebuilt: 1 })).toEqual([
      'a turn took 51 ms',
      '1 jobs were rebuilt by a watchdog',
    ]));
});

it('hostile bytes: each text comes in each way it can, and what JSON cannot write again has no answer', () => {
  const cases = bytesCases(new Random(1), { fuzzed: 5 });
  expect(cases.find(({ through, text }) => through === 'foreign' && text === '1e400')?.right).toBe('1e400');
  expect(cases.find(({ through, text }) => through === 'worker' && text === '1e400')?.right).toBeNull();
  expect(cases.find(({ through, text }) => through === 'worker' && text === '{"a":1,"a":2}')?.right).toBe('{"a":2}');
  expect(cases.find(({ through, text }) => through === 'foreign' && text === '[1,]')?.right).toBeNull();
  expect(bytesBreaks({ cases: 1, refused: 0, completed: 1, failed: 0, broken: [], stillMsMax: 15_000, turnMsMax: 50 })).toEqual(
    [],
  );
  expect(
    bytesBreaks({ cases: 1, refused: 0, completed: 1, failed: 0, broken: ['x'], stillMsMax: 15_001, turnMsMax: 51 }),
  ).toHaveLength(3);
});

it('an owner that sleeps: jobs that have not ended, and any a watchdog had to find, are told', () => {
  const frozen = { jobs: 2, froze: true, tookBack: true, waiting: 2, waitingAfter: 2, left: [], wrong: [], rebuilt: 0 };
  expect(frozenBreaks(frozen)).toEqual([]);
  expect(
    frozenBreaks({ jobs: 2, froze: false, tookBack: false, waiting: 0, waitingAfter: -1, left: ['a'], wrong: ['b'], rebuilt: 1 }),
  ).toHaveLength(7);
  expect(returningBreaks({ jobs: 2, requeued: 2, left: [], rebuilt: 0 })).toEqual([]);
  expect(returningBreaks({ jobs: 2, requeued: 1, left: ['a'], rebuilt: 1 })).toHaveLength(3);
});

it('slips and rolling deploys are judged by each of their promises', () => {
  const slips = Object.keys(SLIP_KINDS).map((slip) => ({ slip, mendedMs: 5_000, named: ['stream WORK'] }));
  expect(slipsBreak({ jobs: 2, slips, left: [], wrong: [], dead: 0 })).toEqual([]);
  const [first, ...rest] = slips;
  const unmended = [{ ...first!, mendedMs: undefined }, ...rest.map((slip) => ({ ...slip, named: [] }))];
  const named = rest.filter(({ slip }) => SLIP_KINDS[slip]!.named).length;
  expect(named).toBeLessThan(rest.length);
  expect(slipsBreak({ jobs: 2, slips: unmended, left: ['a'], wrong: ['b'], dead: 1 })).toHaveLength(1 + named + 3);
  expect(slipsBreak({ jobs: 0, slips: [], left: [], wrong: [], dead: 0 })).toEqual(['nothing was tried']);
  expect(rollingBreaks({ jobs: 2, handedOver: 24, retries: 0, dead: 0, left: [], wrong: [] })).toEqual([]);
  expect(rollingBreaks({ jobs: 2, handedOver: 15, retries: 1, dead: 1, left: ['a'], wrong: ['b'] })).toHaveLength(5);
});

describe('roaming watchers', () => {
  const one = { job: 'j', round: 0, completed: 1, isOver: false, atMs: 1 };
  const run: RoamingRun = {
    sightings: Array.from({ length: 101 }, () => ({ ...one, watcher: 'w', through: 'list of gateway-1' })),
    stored: [one],
    refused: 1,
    left: [],
  };
  it('hold', () => expect(roamingBreaks(run)).toEqual([]));
  it.each<[string, Partial<RoamingRun>, RegExp]>([
    ['a job falls back', { sightings: [...run.sightings, { ...run.sightings[0]!, completed: 0 }] }, /^w saw j fall/],
    ['a job is left', { left: ['j'] }, /j has not ended/],
    ['little was seen', { sightings: [] }, /only 0 states/],
    ['nothing was cut off', { refused: 0 }, /nobody was refused/],
  ])('are broken when %s', (_, change, says) => expect(roamingBreaks({ ...run, ...change }).join('\n')).toMatch(says));
});

describe('lists under which processes die', () => {
  it('a line is right when all of it is of one run of its item', () => {
    expect(lineFlaw('3:ab;3:ab;', 3)).toBeUndefined();
    expect(lineFlaw('3:ab;3:cd;', 3)).toBe('it has bytes of two runs');
    expect(lineFlaw('3:ab;4:ab;', 3)).toBe('it has bytes of another item');
    expect(lineFlaw('33:ab;', 3)).toBe('it has bytes of another item');
    expect(lineFlaw('3:ab;3:a', 3)).toBe('it is cut off');
    expect(lineFlaw('', 3)).toBe('it is cut off');
  });

  it('hold when each point was passed and each line is right', () => {
    const walked = { point: 'after-manifest', crashed: true, lists: 1, wrong: [] };
    expect(listsBreak({ walked: [walked] })).toEqual([]);
    expect(listsBreak({ walked: [] })).toEqual(['nothing was tried']);
    expect(listsBreak({ walked: [{ ...walked, crashed: false }] })).toEqual(['no process passed after-manifest']);
    expect(listsBreak({ walked: [{ ...walked, wrong: ['item 1: it is cut off'] }] })).toEqual([
      'after-manifest: item 1: it is cut off',
    ]);
  });
});
