/** The trace of a job is whole across all processes, whatever becomes of a worker. The collector is the test's own, and strict. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { repository, startSystem, type System } from '../fixture/system.ts';
import { flawsOf, startCollector, type Collector, type SeenSpan } from './collector.ts';

const CHUNKS = 1_000;

let collector: Collector;
let system: System;

beforeAll(async () => {
  collector = await startCollector();
  system = await startSystem({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      MANYHANDS_KIND_MODULES: `builtin,${join(repository, 'e2e/traces/asking-kind.ts')}`,
      MANYHANDS_OUTSIDE_ALLOW: '127.0.0.1',
      // Many leases, and each of some chunks.
      MANYHANDS_LEASE_CHUNKS_MAX: '20',
    },
  });
});
afterAll(async () => {
  await system?.stop();
  collector?.close();
});

const asking = (pause = 2): Asked => ({
  body: { kind: 'asking', params: { site: collector.site, pause }, chunks: CHUNKS },
  result: CHUNKS,
});

interface Asked {
  body: object;
  result?: number;
}

/** Runs a job, and resolves with its trace once its root is there. */
async function traced(
  headers: Record<string, string>,
  during = async (): Promise<void> => {},
  { body, ...result }: Asked = asking(),
): Promise<{ spans: SeenSpan[]; job: string }> {
  const running = fetch(`${system.baseUrl}/v1/jobs?wait=60`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await during();
  const answer = (await (await running).json()) as { job_id: string };
  expect(answer).toMatchObject({ status: 'completed', ...result });
  const job = answer.job_id;
  const ofJob = (span: SeenSpan): boolean => span.attributes['manyhands.job'] === job;
  await vi.waitFor(
    () =>
      expect(collector.spans.filter(ofJob).map(({ service }) => service)).toEqual(
        expect.arrayContaining(['manyhands-gateway', 'manyhands-coordinator', 'manyhands-compute']),
      ),
    { timeout: 20_000 },
  );
  const { traceId } = collector.spans.find(ofJob)!;
  let count = -1;
  // What is still on its way arrives within a second of the last.
  await vi.waitFor(
    () => {
      const { length } = collector.spans;
      const isStill = length === count;
      count = length;
      expect(isStill).toBe(true);
    },
    { timeout: 20_000, interval: 2_500 },
  );
  return { job, spans: collector.spans.filter((span) => span.traceId === traceId) };
}

const chunksIn = (spans: readonly SeenSpan[]): number =>
  spans
    .filter(({ name, attributes }) => name === 'lease asking' && attributes['manyhands.outcome'] === 'answered')
    .reduce((sum, { attributes }) => sum + Number(attributes['manyhands.chunks']), 0);

it('the trace of a job of a thousand chunks is whole, and goes on at the sites that its task code asks', async () => {
  const { spans } = await traced({});
  expect(flawsOf(spans)).toEqual([]);
  expect(spans.find(({ parentSpanId }) => parentSpanId === undefined)).toMatchObject({ name: 'POST /v1/jobs', kind: 2 });
  expect(chunksIn(spans)).toBeGreaterThanOrEqual(CHUNKS);
  const calls = spans.filter(({ kind }) => kind === 3);
  expect(calls.length).toBeGreaterThanOrEqual(CHUNKS / 100);
  const sent = calls.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
  expect(collector.asked).toEqual(expect.arrayContaining(sent));
  expect(collector.problems).toEqual([]);
});

it('the requests of an http job are in its trace, and go on with it', async () => {
  const items = [1, 2, 3, 4, 5];
  const { spans } = await traced({}, undefined, { body: { kind: 'http', params: { url: collector.site }, items } });
  expect(flawsOf(spans)).toEqual([]);
  const calls = spans.filter(({ kind }) => kind === 3);
  expect(calls.map(({ name }) => name)).toEqual(calls.map(() => `POST ${new URL(collector.site).host}`));
  expect(calls.length).toBeGreaterThanOrEqual(items.length);
  expect(collector.asked).toEqual(expect.arrayContaining(calls.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`)));
});

it('so it is when a worker is killed in the middle', async () => {
  const before = new Set(collector.spans.map(({ traceId }) => traceId));
  const leases = (): SeenSpan[] => collector.spans.filter(({ name, traceId }) => name === 'lease asking' && !before.has(traceId));
  const killedOnceItsSpansArrived = async (): Promise<void> => {
    await vi.waitFor(() => expect(leases().length).toBeGreaterThan(0), { timeout: 30_000, interval: 50 });
    system.kill('compute');
  };
  // Long enough that the worker sends its first spans, which it does every second, while most chunks are still to come.
  const { spans } = await traced({}, killedOnceItsSpansArrived, asking(10));
  expect(flawsOf(spans)).toEqual([]);
  const workers = new Set(spans.flatMap(({ attributes }) => attributes['manyhands.worker'] ?? []));
  expect(workers.size).toBe(2);
});

it('a request that comes with a trace goes on with that, and one that is not sampled leaves nothing', async () => {
  const traceId = 'abcdef0123456789abcdef0123456789';
  const parent = '1234567890abcdef';
  const other = 'fedcba9876543210fedcba9876543210';
  const answer = await fetch(`${system.baseUrl}/v1/jobs?wait=60`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${other}-${parent}-00` },
    body: JSON.stringify({ kind: 'asking', params: { site: collector.site, pause: 2 }, chunks: 8 }),
  });
  expect(await answer.json()).toMatchObject({ status: 'completed' });
  const { spans } = await traced({ traceparent: `00-${traceId}-${parent}-01` });
  expect(spans[0]!.traceId).toBe(traceId);
  expect(flawsOf(spans.map((span) => (span.parentSpanId === parent ? { ...span, parentSpanId: undefined } : span)))).toEqual([]);
  expect(collector.spans.filter((span) => span.traceId === other)).toEqual([]);
});

it('what is wrong with a trace is found', () => {
  const span = (spanId: string, parentSpanId: string | undefined, start: bigint, end: bigint, lease?: string): SeenSpan => ({
    ...{ traceId: 'a', flags: 1, name: spanId, kind: 1, status: {}, service: 's' },
    ...{ spanId, parentSpanId, startTimeUnixNano: start, endTimeUnixNano: end },
    attributes: lease === undefined ? {} : { 'manyhands.lease': lease },
  });
  expect(flawsOf([span('a', undefined, 0n, 9n), span('b', 'a', 0n, 9n), span('c', 'b', 1n, 8n)])).toEqual([]);
  expect(flawsOf([span('a', undefined, 0n, 9n), span('b', undefined, 0n, 9n)])).toHaveLength(1);
  expect(flawsOf([span('a', undefined, 0n, 9n), span('b', 'gone', 0n, 9n)])).toHaveLength(1);
  expect(flawsOf([span('a', undefined, 0n, 9n), span('b', 'a', 0n, 10n)])).toHaveLength(1);
  expect(flawsOf([span('a', undefined, 0n, 9n), span('b', 'a', 0n, 9n), span('b', 'a', 0n, 9n)])).toHaveLength(1);
  expect(flawsOf([span('a', undefined, 0n, 9n), span('b', 'a', 0n, 10n, '0-5-0'), span('c', 'a', 0n, 8n, '0-5-0-copy')])).toEqual(
    [],
  );
  expect(flawsOf([span('a', undefined, 0n, 9n), span('b', 'a', 0n, 10n, '0-5-0'), span('c', 'a', 0n, 8n, '0-5-1')])).toHaveLength(
    1,
  );
  expect(flawsOf([])).toEqual(['there are 0 roots']);
});
