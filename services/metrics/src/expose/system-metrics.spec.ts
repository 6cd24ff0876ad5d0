import { aJobFinished } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import { SystemMetrics, type SystemFacts } from './system-metrics.ts';

const facts: SystemFacts = {
  report: {
    lanes: [{ kind: 'primes', lane: 'high', waiting: 4, in_flight: 2, redelivered: 1 }],
    mailboxWaiting: 6,
    deadLetters: 1,
  },
  jobs: { pending: 1, running: 2, paused: 0, completed: 3, failed: 0, cancelled: 0 },
  totals: { workers: 2, slots: 6, busySlots: 5 },
  counts: new Map([['quarantined', 3]]),
  stuckPartitions: 1,
};

test('what the collector found stands in the text', async () => {
  const metrics = new SystemMetrics();
  metrics.show(facts);
  const text = await metrics.render();
  expect(text).toContain('manyhands_workers{service="metrics"} 2');
  expect(text).toContain('manyhands_slots{state="busy",service="metrics"} 5');
  expect(text).toContain('manyhands_slots{state="free",service="metrics"} 1');
  expect(text).toContain('manyhands_leases_waiting{kind="primes",lane="high",service="metrics"} 4');
  expect(text).toContain('manyhands_leases_in_flight{kind="primes",lane="high",service="metrics"} 2');
  expect(text).toContain('manyhands_leases_redelivered{kind="primes",lane="high",service="metrics"} 1');
  expect(text).toContain('manyhands_mailbox_waiting{service="metrics"} 6');
  expect(text).toContain('manyhands_dead_letters{service="metrics"} 1');
  expect(text).toContain('manyhands_jobs{status="running",service="metrics"} 2');
  expect(text).toContain('manyhands_partitions_stuck{service="metrics"} 1');
  expect(text).toContain('manyhands_coordinator_quarantined_total{service="metrics"} 3');
  metrics.show({
    ...facts,
    counts: new Map([
      ['quarantined', 5],
      ['rebuilt', 1],
    ]),
  });
  expect(await metrics.render()).toContain('manyhands_coordinator_quarantined_total{service="metrics"} 5');
  expect(await metrics.render()).toContain('# TYPE manyhands_coordinator_rebuilt_total counter');
  expect(metrics.contentType).toMatch(/^text\/plain/);
});

test('a lane that is gone leaves the text', async () => {
  const metrics = new SystemMetrics();
  metrics.show(facts);
  metrics.show({ ...facts, report: { ...facts.report, lanes: [] } });
  expect(await metrics.render()).not.toContain('kind="primes"');
});

test('a finished job counts by kind and status, with its chunks and its time from submit to finish', async () => {
  const metrics = new SystemMetrics();
  const times = { created_at: '2026-01-01T00:00:00.000Z', finished_at: '2026-01-01T00:00:01.500Z' };
  metrics.countFinished(aJobFinished({ kind: 'primes', completed_chunks: 64, ...times }).job);
  metrics.countFinished(aJobFinished({ kind: 'primes', status: 'failed', completed_chunks: 3, failed_chunks: 1, ...times }).job);
  const text = await metrics.render();
  expect(metrics.finished).toBe(2);
  expect(text).toContain('manyhands_jobs_finished_total{kind="primes",status="completed",service="metrics"} 1');
  expect(text).toContain('manyhands_jobs_finished_total{kind="primes",status="failed",service="metrics"} 1');
  expect(text).toContain('manyhands_chunks_done_total{kind="primes",service="metrics"} 67');
  expect(text).toContain('manyhands_chunks_failed_total{kind="primes",service="metrics"} 1');
  expect(text).toContain('manyhands_job_duration_seconds_sum{service="metrics",kind="primes",status="completed"} 1.5');
});
