import type { Span } from '@manyhands/observe';
import type { Delivery } from '@manyhands/nats';
import { aComputeLease } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import { traceLease } from './lease-trace.ts';

const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const lease = aComputeLease({ kind: 'sum' });
const delivered = (header?: string) => ({ trace: header, count: 1, storedAtMs: Date.now() }) as Delivery;
const task = { op: 'compute', begin: 0, end: 2, total: 8, attempt: 1, jobId: lease.job_id } as const;

function tracer() {
  const groups: Span[][] = [];
  return { groups, record: (...spans: readonly Span[]) => void groups.push([...spans]) };
}

test('a lease, its time in a slot and what was fetched leave together, one inside the other', () => {
  const to = tracer();
  const traced = traceLease(to, lease, delivered(trace), 'w1')!;
  const { trace: handed } = traced.begin(task, 3) as { trace?: string };
  const call = {
    spanId: 'd'.repeat(16),
    method: 'GET',
    host: 'example',
    startMs: 0,
    endMs: Number.MAX_SAFE_INTEGER,
    status: 200,
  };
  traced.ran({ is: 'computed', failed: [], computeMs: 1, calls: [call] });
  expect(to.groups).toEqual([]);
  traced.end('answered');
  traced.end('not answered');
  expect(to.groups).toHaveLength(1);
  const [whole, run, fetched] = to.groups[0]!;
  expect(whole).toMatchObject({
    name: 'lease sum',
    parentSpanId: 'b'.repeat(16),
    attributes: { 'manyhands.worker': 'w1', 'manyhands.outcome': 'answered' },
  });
  expect(run).toMatchObject({ parentSpanId: whole!.spanId, attributes: { 'manyhands.slot': 3 } });
  expect(handed).toBe(`00-${'a'.repeat(32)}-${run!.spanId}-01`);
  expect(fetched).toMatchObject({ name: 'GET example', parentSpanId: run!.spanId, startMs: run!.startMs, endMs: run!.endMs });
  for (const span of to.groups[0]!) expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
});

test('a lease without a header, and one that is not sampled, are not traced', () => {
  expect(traceLease(tracer(), lease, delivered(), 'w1')).toBeUndefined();
  expect(traceLease(tracer(), lease, delivered(trace.replace(/01$/, '00')), 'w1')).toBeUndefined();
});
