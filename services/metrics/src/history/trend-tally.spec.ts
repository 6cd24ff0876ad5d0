import { limits, utcDays, utcDayStart } from '@manyhands/proto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrendTally, type CountedJob } from './trend-tally.ts';

const firstMs = utcDayStart('2026-06-01');
const hourMs = 3_600_000;
const days = utcDays(firstMs, firstMs + 72 * hourMs);

const anyJob: fc.Arbitrary<CountedJob> = fc.record({
  submittedMs: fc.integer({ min: firstMs, max: firstMs + 72 * hourMs - 1 }),
  kind: fc.constantFrom('a', 'b'),
  status: fc.constantFrom('completed', 'failed', 'cancelled'),
  durationSec: fc.option(fc.integer({ min: 0, max: 40 })),
  chunks: fc.nat(1_000),
});

/** Written for the reader, not for speed. */
function expected(jobs: readonly CountedJob[]) {
  const count = (status: string) => jobs.filter((job) => job.status === status).length;
  const [completed, failed, cancelled] = [count('completed'), count('failed'), count('cancelled')];
  const failure_share = completed + failed === 0 ? null : failed / (completed + failed);
  return { completed, failed, cancelled, failure_share, chunks: jobs.reduce((sum, { chunks }) => sum + chunks, 0) };
}

function percentile(jobs: readonly CountedJob[], percent: number): number | null {
  const took = jobs.flatMap(({ status, durationSec: sec }) => (status === 'completed' && sec !== null ? [sec] : []));
  // The smallest that so many of 100 do not exceed.
  return (
    took
      .toSorted((one, other) => one - other)
      .find((sec) => took.filter((each) => each <= sec).length * 100 >= percent * took.length) ?? null
  );
}

test('counts and percentiles are those of the jobs, whatever they are and in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(anyJob, { maxLength: 60 }), (jobs) => {
      const tally = new TrendTally();
      for (const job of jobs) tally.add(job);
      const answer = tally.answer(days);
      const spans = [...answer.days, { ...answer, day: null }];
      expect(answer.days.map(({ day }) => day)).toEqual(days);
      for (const span of spans) {
        const own = jobs.filter(
          ({ submittedMs }) => span.day === null || days[Math.floor((submittedMs - firstMs) / (24 * hourMs))] === span.day,
        );
        if (span.day !== null) expect(span).toMatchObject(expected(own));
        const kinds = Map.groupBy(own, ({ kind }) => kind);
        expect(Object.fromEntries(span.kinds.map(({ kind, ...counts }) => [kind, counts]))).toEqual(
          Object.fromEntries(
            [...kinds].map(([kind, some]) => [
              kind,
              { ...expected(some), p50_duration_sec: percentile(some, 50), p95_duration_sec: percentile(some, 95) },
            ]),
          ),
        );
      }
    }),
  );
});

test('however many kinds there are, a bounded number is counted apart, those with the most jobs', () => {
  const tally = new TrendTally();
  for (let kind = 0; kind < 500; kind += 1)
    for (let job = 0; job <= kind % 50; job += 1)
      tally.add({ submittedMs: firstMs, kind: `kind-${kind}`, status: 'completed', durationSec: 1, chunks: 1 });
  const { kinds, more_kinds, days: shown } = tally.answer(days);
  expect(kinds).toHaveLength(limits.trendKindsMax);
  for (const { completed } of kinds) expect(completed).toBe(50);
  expect(shown[0]!.kinds).toHaveLength(limits.trendKindsMax);
  expect(shown[0]!.completed).toBe(10 * ((50 * 51) / 2));
  expect(more_kinds).toBe(true);
});
