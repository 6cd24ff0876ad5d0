import { newJobId } from '@manyhands/proto';
import { aJobFinished } from '@manyhands/testkit';
import { expect, test } from 'vitest';
import { BoundedNames, KINDS_MAX, SystemMetrics, type SystemFacts } from './system-metrics.ts';

const facts: SystemFacts = {
  report: {
    lanes: [{ kind: 'primes', lane: 'high', waiting: 4, in_flight: 2, redelivered: 1 }],
    mailboxWaiting: 6,
    partitionsUnowned: 2,
    deadLetters: 1,
  },
  jobs: { pending: 1, running: 2, paused: 0, completed: 3, failed: 0, cancelled: 0 },
  chunksLeft: new Map([['primes', 40]]),
  totals: { workers: 2, slots: 6, busySlots: 5 },
  counts: new Map([['quarantined', 3]]),
  stuckPartitions: 1,
  kindSlots: new Map([['primes', 6]]),
  chunksComputed: 120,
  coordinators: 2,
  storage: {
    stores: [{ store: 'WORK', whenFull: 'refuses', bytes: 10, maxBytes: 100 }],
    disk: { freeBytes: 5, sizeBytes: 50 },
  },
  clocksMs: { worker: 250, coordinator: 4, metrics: undefined },
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
  expect(text).toContain('manyhands_chunks_left{kind="primes",service="metrics"} 40');
  expect(text).toContain('manyhands_partitions_stuck{service="metrics"} 1');
  expect(text).toContain('manyhands_coordinator_quarantined_total{service="metrics"} 3');
  expect(text).toContain('manyhands_kind_slots{kind="primes",service="metrics"} 6');
  expect(text).toContain('manyhands_chunks_computed_total{service="metrics"} 120');
  expect(text).toContain('manyhands_coordinators{service="metrics"} 2');
  expect(text).toContain('manyhands_partitions_unowned{service="metrics"} 2');
  expect(text).toContain('manyhands_stored_bytes{store="WORK",when_full="refuses",service="metrics"} 10');
  expect(text).toContain('manyhands_stored_limit_bytes{store="WORK",when_full="refuses",service="metrics"} 100');
  expect(text).toContain('manyhands_disk_free_bytes{service="metrics"} 5');
  expect(text).toContain('manyhands_disk_size_bytes{service="metrics"} 50');
  expect(text).toContain('manyhands_clock_difference_seconds{of="worker",service="metrics"} 0.25');
  expect(text).not.toContain('of="metrics"');
  metrics.show({
    ...facts,
    chunksComputed: 125,
    counts: new Map([
      ['quarantined', 5],
      ['rebuilt', 1],
    ]),
  });
  expect(await metrics.render()).toContain('manyhands_coordinator_quarantined_total{service="metrics"} 5');
  expect(await metrics.render()).toContain('# TYPE manyhands_coordinator_rebuilt_total counter');
  expect(await metrics.render()).toContain('manyhands_chunks_computed_total{service="metrics"} 125');
});

test('a lane that is gone leaves the text', async () => {
  const metrics = new SystemMetrics();
  metrics.show(facts);
  metrics.show({ ...facts, report: { ...facts.report, lanes: [] } });
  expect(await metrics.render()).not.toContain('kind="primes",lane');
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

async function seriesOf(metrics: SystemMetrics): Promise<number> {
  return (await metrics.render()).split('\n').filter((line) => line.startsWith('manyhands_')).length;
}

test('ten thousand jobs make no more series than a hundred of the same kinds', async () => {
  const metrics = new SystemMetrics();
  metrics.show(facts);
  const finish = (from: number, to: number): void => {
    for (let job = from; job < to; job += 1) {
      const status = (['completed', 'failed', 'cancelled'] as const)[job % 3]!;
      const finished_at = new Date(Date.UTC(2026, 0, 1) + job * 37).toISOString();
      metrics.countFinished({
        ...aJobFinished({
          job_id: newJobId(),
          kind: `kind-${job % 4}`,
          status,
          created_at: '2026-01-01T00:00:00.000Z',
          finished_at,
        }).job,
      });
    }
  };
  finish(0, 100);
  const before = await seriesOf(metrics);
  finish(100, 10_000);
  expect(metrics.finished).toBe(10_000);
  expect(await seriesOf(metrics)).toBe(before);
});

test('the first kinds have series of their own, and all further ones share one', async () => {
  const metrics = new SystemMetrics();
  const many = Array.from({ length: KINDS_MAX + 2 }, (_, index) => `kind-${index}`);
  metrics.show({
    ...facts,
    report: { ...facts.report, lanes: [] },
    chunksLeft: new Map(many.map((kind) => [kind, 1])),
    kindSlots: new Map(),
  });
  const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('manyhands_chunks_left{'));
  expect(lines).toHaveLength(KINDS_MAX + 1);
  expect(lines).toContain('manyhands_chunks_left{kind="other",service="metrics"} 2');
});

test('the first names stand for themselves, one past them is other, and none changes', () => {
  const names = new BoundedNames(2);
  expect(['a', 'b', 'c', 'a', 'd', 'b'].map((name) => names.labelOf(name))).toEqual(['a', 'b', 'other', 'a', 'other', 'b']);
});
