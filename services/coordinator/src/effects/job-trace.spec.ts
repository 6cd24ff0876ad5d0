import { readTraceparent, type Span } from '@manyhands/observe';
import { aComputeLease, aSubmitJob } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import { submittedJob } from '../job/state.ts';
import { JobTrace, leaseTraceparent, LEASES_TRACED } from './job-trace.ts';

const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const compute = (begin: number, end: number, total: number, attempt = 0) =>
  aComputeLease({ lease: `${begin}-${end}-${attempt}`, task: { op: 'compute', begin, end, total, attempt } });

function spansOf(...jobs: Parameters<JobTrace['over']>[]): Span[] {
  const spans: Span[] = [];
  const jobTrace = new JobTrace({ record: (...given) => void spans.push(...given), close: () => Promise.resolve() });
  for (const job of jobs) jobTrace.over(...job);
  return spans;
}

test('the leases of a job are parts of its span, which is a part of the request', () => {
  const submit = aSubmitJob({ trace, chunks: 8 });
  const [span] = spansOf([{ ...submittedJob(submit, 0), status: 'completed' }, Date.parse(submit.submitted_at) + 10]);
  expect(span).toMatchObject({ parentSpanId: 'b'.repeat(16), traceId: 'a'.repeat(32), startMs: Date.parse(submit.submitted_at) });
  const context = readTraceparent(leaseTraceparent(submit, compute(0, 4, 8)));
  expect(context).toEqual({ traceId: 'a'.repeat(32), spanId: span!.spanId, isSampled: true });
});

test('two coordinators that end one job write one span, and each round has another', () => {
  const submit = aSubmitJob({ trace });
  const job = { ...submittedJob(submit, 0), status: 'failed' as const };
  const [one, same, next] = spansOf([job, 5], [job, 6], [{ ...job, round: 1 }, 7]);
  expect(one!.spanId).toBe(same!.spanId);
  expect(next!.spanId).not.toBe(one!.spanId);
  expect(one!.error).toBe('failed');
});

test('the trace of a job is known while the job is in memory', () => {
  const jobTrace = new JobTrace({ record: () => {}, close: () => Promise.resolve() });
  const submit = aSubmitJob({ trace });
  jobTrace.see(submit);
  expect(jobTrace.idOf(submit.job_id)).toBe('a'.repeat(32));
  jobTrace.forget(submit.job_id);
  expect(jobTrace.idOf(submit.job_id)).toBeUndefined();
  jobTrace.see(aSubmitJob());
  expect(jobTrace.idOf(aSubmitJob().job_id)).toBeUndefined();
});

test('a job that is not traced has no span, and its leases have no header', () => {
  const submit = aSubmitJob();
  expect(spansOf([submittedJob(submit, 0), 5])).toEqual([]);
  expect(leaseTraceparent(submit, compute(0, 1, 1))).toBeUndefined();
  expect(leaseTraceparent({ ...submit, trace: 'nonsense' }, compute(0, 1, 1))).toBeUndefined();
});

test('each lease of a thousand chunks has a span, and of a million about a thousand leases, however large they are', () => {
  const traced = (chunks: number, size: number): number => {
    const submit = aSubmitJob({ trace, chunks });
    const leases = Array.from({ length: chunks / size }, (_, index) => compute(index * size, (index + 1) * size, chunks));
    return leases.filter((lease) => leaseTraceparent(submit, lease) !== undefined).length;
  };
  expect(traced(1_000, 1)).toBe(1_000);
  const some = traced(100_000, 10);
  expect(some).toBeGreaterThan(LEASES_TRACED * 0.85);
  expect(some).toBeLessThan(LEASES_TRACED * 1.15);
});
