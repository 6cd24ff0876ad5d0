import { describe, expect, it } from 'vitest';
import { Random } from '../../simulation/random.ts';
import { comingsOf, FROZEN_MS, TAKEN_OVER_MS } from './comings.ts';
import { slopeOf } from './memory.ts';
import { FLOOR_MS, MEMORY_MB_MAX, MOVE_MS, STILL_MS_MAX, violationsOf } from './promises.ts';
import type { Happening, Seen, Waiting } from './seen.ts';
import { plannedJobs, WAY_NAMES } from './ways.ts';

const at = (atMs: number, happening: Happening): Seen => ({ atMs, ...happening });
const end = {
  what: 'ended',
  status: 'completed',
  answer: '3',
  detail: null,
  error: null,
  completed: 2,
  failed: 0,
  total: 2,
  round: 0,
} as const;
const waiting: Waiting = { partition: '03', waiting: 4, unacknowledged: 2, delivered: 9, floor: 7 };
const looked = (atMs: number, ...partitions: Waiting[]): Seen => at(atMs, { what: 'looked', ready: true, partitions });
const minute = 60_000;

/** A run of a healthy and a hostile job in which everything held. */
const good: readonly Seen[] = [
  at(0, { what: 'alone', size: 'small', tookMs: 900 }),
  at(10, { what: 'submitted', job: 'a', sinceMs: 10, size: 'small', answer: '3', faulty: 0 }),
  at(20, { what: 'submitted', job: 'b', sinceMs: 20, way: 'merge-throws', faulty: 0 }),
  looked(30, waiting),
  at(100, { ...end, job: 'a' }),
  at(200, { ...end, job: 'b', status: 'failed', answer: 'null', error: 'these two do not go together' }),
  at(200, { what: 'memory', process: 'coordinator-1', pid: 1, mb: 100 }),
  looked(300),
];
const without = (what: Seen['what'], job?: string): Seen[] =>
  good.filter((entry) => entry.what !== what || (job !== undefined && 'job' in entry && entry.job !== job));
const plus = (...more: Seen[]): Seen[] => [...good, ...more];
const hostile = (way: (typeof WAY_NAMES)[number], faulty: number, how: Partial<typeof end> | Record<string, unknown>): Seen[] =>
  plus(
    at(1, { what: 'submitted', job: 'c', sinceMs: 1, way, answer: '3', faulty }),
    at(2, { ...end, job: 'c', ...how } as Happening),
  );

it('a good run breaks nothing', () => {
  expect(violationsOf(good)).toEqual([]);
});

it('a job may take longer by what each move of partitions adds, and no longer', () => {
  const slow = (tookMs: number): Seen[] => [
    ...without('ended', 'a'),
    at(20, { what: 'moved', coordinator: 'coordinator-2', how: 'killed' }),
    at(10 + tookMs, { ...end, job: 'a' }),
  ];
  const allowed = 2_700 + MOVE_MS + TAKEN_OVER_MS.killed;
  expect(violationsOf(slow(allowed))).toEqual([]);
  expect(violationsOf(slow(allowed + 1))).toEqual([`C1: a (small) took ${allowed + 1} ms; it may take ${allowed} ms`]);
});

it('a job that ends right counts as hostile too, where it can be computed', () => {
  expect(violationsOf(hostile('bad-view', 0, {}))).toEqual([]);
  expect(violationsOf(hostile('users', 1, { completed: 1, failed: 1, detail: '1 chunk is missing' }))).toEqual([]);
});

describe('a run is broken by', () => {
  it.each<[string, readonly Seen[], RegExp]>([
    [
      'a healthy job that fails',
      [...without('ended', 'a'), at(90, { ...end, job: 'a', status: 'failed', error: 'x' })],
      /^C1: a \(small\) is failed: x/,
    ],
    [
      'a wrong answer',
      [...without('ended', 'a'), at(90, { ...end, job: 'a', answer: '4' })],
      /^C1: a \(small\) answers 4, right is 3/,
    ],
    [
      'a healthy job that is late',
      [...without('ended', 'a'), at(FLOOR_MS + 711, { ...end, job: 'a' })],
      /^C1: a \(small\) took 2701 ms/,
    ],
    [
      'a job that fails without a word',
      [...without('ended', 'b'), at(90, { ...end, job: 'b', status: 'failed', error: ' ' })],
      /^C2: b \(merge-throws\) failed, and does not say why/,
    ],
    [
      'an answer where there is none',
      [...without('ended', 'b'), at(90, { ...end, job: 'b' })],
      /^C2: b \(merge-throws\) is completed with 3/,
    ],
    [
      'a hostile job that could be computed',
      hostile('words', 0, { status: 'failed', error: 'no' }),
      /^C2: c \(words\) failed, although/,
    ],
    ['a wrong answer to a hostile job', hostile('words', 0, { answer: '{}' }), /^C2: c \(words\) answers {}/],
    [
      'a count of dead chunks that is wrong',
      hostile('half-fails', 2, { completed: 1, failed: 1, detail: 'gaps' }),
      /1 given up of 2; 2 are faulty/,
    ],
    [
      'gaps nobody is told of',
      hostile('half-fails', 1, { completed: 1, failed: 1 }),
      /^C2: c \(half-fails\) has gaps, and does not say so/,
    ],
    ['a cancel by nobody', hostile('users', 0, { status: 'cancelled' }), /^C2: c \(users\) was cancelled by nobody/],
    [
      'an internal error',
      plus(at(9, { what: 'meddled', job: 'a', how: 'pause', answer: 500 })),
      /^C2: pause of a was answered with 500/,
    ],
    ['a job that is lost', without('ended', 'a'), /^C3: a \(small\) was accepted and has not ended/],
    [
      'a requeued job that is lost',
      plus(at(400, { what: 'reopened', job: 'b', status: 'running' })),
      /^C3: b \(merge-throws\) was requeued, is running/,
    ],
    ['a long turn', plus(at(9, { what: 'turn', process: 'coordinator-1', ms: 51 })), /^C6: a turn of coordinator-1 took 51 ms/],
    [
      'too much memory',
      plus(at(9, { what: 'memory', process: 'coordinator-1', pid: 1, mb: MEMORY_MB_MAX + 1 })),
      /^C7: coordinator-1 \(1\) had/,
    ],
    [
      'memory that grows',
      plus(
        ...[0, 11, 20, 32].map((minutes) =>
          at(300 + minutes * minute, { what: 'memory', process: 'coordinator-1', pid: 2, mb: 100 + 2 * minutes }),
        ),
      ),
      /grows by 2.00 MB a minute/,
    ],
    ['a slow consumer', plus(at(9, { what: 'slow-consumer', line: 'Slow Consumer Detected' })), /^C8: Slow Consumer/],
    [
      'a watchdog that finds something',
      plus(at(9, { what: 'rebuilt', coordinator: 'x', count: 1 })),
      /^C9: 1 jobs were rebuilt, 0 were purged/,
    ],
    [
      'a partition that stands still',
      plus(
        ...[0, 8_000, STILL_MS_MAX + 1].map((after) => at(400 + after, { what: 'looked', ready: false, partitions: [waiting] })),
      ),
      /^C4: partition 03 stood still for 15001 ms from 400 ms, with 6 messages/,
    ],
  ])('%s', (_, entries, says) => {
    expect(violationsOf(entries)).toEqual([expect.stringMatching(says)]);
  });

  it('readiness that is claimed meanwhile', () => {
    expect(violationsOf(plus(...[0, 8_000, STILL_MS_MAX + 1].map((after) => looked(400 + after, waiting))))).toEqual([
      expect.stringMatching(/^C4/),
      'C5: at 15401 ms /readyz said ready, while partition 03 stood still since 400 ms',
    ]);
  });
});

it('a partition that moves, or has nothing to do in between, does not stand still', () => {
  const moving = [0, 8, 16, 24].map((seconds) => looked(400 + seconds * 1_000, { ...waiting, floor: seconds }));
  expect(violationsOf(plus(...moving))).toEqual([]);
  expect(violationsOf(plus(looked(400, waiting), looked(10_000), looked(16_000, waiting)))).toEqual([]);
});

it('a line is laid through points', () => {
  expect(
    slopeOf([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBe(2);
  expect(slopeOf([[1, 1]])).toBe(0);
});

it('of the jobs a quarter is hostile, in every way equally often, the same for the same seed', () => {
  const jobs = plannedJobs(new Random(7), WAY_NAMES.length * 8);
  const ways = Map.groupBy(
    jobs.flatMap(({ way }) => (way === undefined ? [] : [way])),
    (way) => way,
  );
  expect([...ways.values()].map((same) => same.length)).toEqual(WAY_NAMES.map(() => 2));
  expect(plannedJobs(new Random(7), 50)).toEqual(plannedJobs(new Random(7), 50));
  expect(plannedJobs(new Random(8), 50)).not.toEqual(plannedJobs(new Random(7), 50));
});

it('nobody goes before those who went are taken over, and the first is only frozen', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const comings = comingsOf(seed, { coordinators: 4, lengthMs: 10 * minute, gapMs: [500, 4_000] });
    expect(comings.length).toBeGreaterThan(20);
    for (const [index, { atMs, forMs, how, target, point }] of comings.entries()) {
      const before = comings[index - 1];
      if (before !== undefined) expect(atMs - before.atMs).toBeGreaterThanOrEqual(TAKEN_OVER_MS[before.how]);
      expect(
        comings.filter(
          (other) => other !== comings[index] && other.target === target && other.atMs <= atMs && other.atMs + other.forMs > atMs,
        ),
      ).toEqual([]);
      if (target === 'coordinator-1') expect(how).toBe('frozen');
      if (how === 'frozen') expect(forMs).toBeGreaterThanOrEqual(FROZEN_MS[0]);
      expect(point !== undefined).toBe(how === 'asleep');
    }
  }
});
