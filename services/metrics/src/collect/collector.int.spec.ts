import { createOutbox, ensureLaneConsumer, openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { decode, encode, keys, mailboxSubjects, newJobId, QueueStats, workSubjects } from '@manyhands/proto';
import { aComputeLease, aJobView, aSubmitJob, aWorkerHeartbeat, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { SystemMetrics } from '../expose/system-metrics.ts';
import { Collector } from './collector.ts';

let server: NatsServer;
let broker: Broker;
let stats: Bucket;
let metrics: SystemMetrics;
let collector: Collector;

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'collector-test' });
  await provision(broker);
  stats = await openBucket(broker, 'stats');
});
afterAll(async () => {
  await broker.close();
  await server.stop();
});
beforeEach(async () => {
  metrics = new SystemMetrics();
  collector = new Collector(broker, metrics, createLogger('metrics', { level: 'silent' }), { folder: '.' });
  await collector.start();
});
afterEach(() => collector.stop());

async function newestStats(): Promise<QueueStats> {
  const entry = await stats.get(keys.queues);
  if (!entry?.value) throw new Error('no stats yet');
  return decode(QueueStats, entry.value);
}

test('workers, queues, mailbox and jobs stand in bucket stats and in the metrics within a moment', async () => {
  const workers = await openBucket(broker, 'workers');
  const jobs = await openBucket(broker, 'jobs');
  const lease = aComputeLease({ kind: 'sum', lane: 'high' });
  await ensureLaneConsumer(broker, 'sum', 'high');
  await createOutbox(broker).publishAll([
    { subject: workSubjects.lease('sum', 'high', lease.job_id), data: encode(lease) },
    { subject: mailboxSubjects.submit(lease.job_id), data: encode(aSubmitJob({ job_id: lease.job_id })) },
  ]);
  await workers.put('worker-1', encode(aWorkerHeartbeat({ slots: 3, busy_slots: 1 })), { ttlMs: 60_000 });
  for (const status of ['running', 'completed'] as const) {
    const view = aJobView({ job_id: newJobId(), status });
    await jobs.put(keys.job('local', view.job_id), encode(view));
  }
  await vi.waitFor(
    async () => {
      const now = await newestStats();
      expect(now.queues).toEqual([{ kind: 'sum', lane: 'high', waiting: 1, in_flight: 0, redelivered: 0 }]);
      expect(now).toMatchObject({ mailbox_waiting: 1, dead_letters: 0, jobs: { running: 1, completed: 1, failed: 0 } });
    },
    { timeout: 10_000 },
  );
  const text = await metrics.render();
  expect(text).toContain('manyhands_slots{state="free",service="metrics"} 2');
  expect(text).toContain('manyhands_leases_waiting{kind="sum",lane="high",service="metrics"} 1');
  expect(text).toContain('manyhands_jobs{status="completed",service="metrics"} 1');
  expect(text).toMatch(/manyhands_stored_limit_bytes\{store="jobs",when_full="refuses",service="metrics"\} [1-9]/);
  expect(text).toMatch(/manyhands_stored_bytes\{store="EVENTS",when_full="drops",service="metrics"\} \d/);
  expect(text).not.toContain('identity');
  expect(text).toMatch(/manyhands_disk_free_bytes\{service="metrics"\} [1-9]/);
  expect(text).toMatch(/manyhands_clock_difference_seconds\{of="metrics",service="metrics"\} 0\.?\d*\n/);
  expect(text).toContain('manyhands_kind_slots{');
});

test('a worker that leaves is no longer counted', async () => {
  const workers = await openBucket(broker, 'workers');
  await workers.put('worker-2', encode(aWorkerHeartbeat({ worker: 'worker-2' })), { ttlMs: 60_000 });
  await vi.waitFor(async () => expect(await metrics.render()).toContain('manyhands_workers{service="metrics"} 2'), {
    timeout: 10_000,
  });
  await workers.remove('worker-2');
  await vi.waitFor(async () => expect(await metrics.render()).toContain('manyhands_workers{service="metrics"} 1'), {
    timeout: 10_000,
  });
});

// Seen: none a second, for as long as the clock was set back by.
test('chunks a second are counted on where the clock is set back', async () => {
  const workers = await openBucket(broker, 'workers');
  const beat = (chunks_done: number) =>
    workers.put('worker-3', encode(aWorkerHeartbeat({ worker: 'worker-3', slots: 99, chunks_done })), { ttlMs: 60_000 });
  await beat(0);
  await vi.waitFor(async () => expect(await metrics.render()).toMatch(/manyhands_slots\{state="free",service="metrics"\} \d\d/), {
    timeout: 10_000,
  });
  const realNow = Date.now;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() - 3_600_000);
  await beat(1_000);
  await vi
    .waitFor(async () => expect((await newestStats()).chunks_per_sec).toBeGreaterThan(0), { timeout: 10_000 })
    .finally(() => clock.mockRestore());
  await workers.remove('worker-3');
});

test('after the server was away, figures are written again', async () => {
  await vi.waitFor(newestStats, { timeout: 10_000 });
  await server.kill();
  await server.restart();
  const { at } = await newestStats();
  await vi.waitFor(async () => expect((await newestStats()).at > at).toBe(true), { timeout: 20_000 });
});
