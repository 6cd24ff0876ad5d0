/**
 * What a real Prometheus sees of a real system, with a minute of the alerts made a second: every metric, every panel of the board, no alert while
 * all is well, and the alerts once their causes are there.
 *
 * `EACH_ALERT=1` makes every cause alone, waits until it is over before the next, and looks at a calm hour.
 */
import type { ChildProcess } from 'node:child_process';
import { cpSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { reservedPort } from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startMoodyWorker } from '../fixture/moody-worker.ts';
import { rest } from '../fixture/rest.ts';
import { startSystem, type System } from '../fixture/system.ts';
import { causesIn, type Cause } from './causes.ts';
import { ALERTS, boardQueries, METRICS_OF_PAGE, prometheusProgram, startPrometheus, type Prometheus } from './prometheus.ts';
import { onSmallDisk, smallDiskOf } from './small-disk.ts';

const eachAlone = process.env['EACH_ALERT'] === '1';
const minuteMs = 1_000;
const calmMinutes = eachAlone ? 60 : 16;
const missing =
  prometheusProgram === undefined
    ? 'Prometheus is not installed here'
    : onSmallDisk === undefined && 'no file system can be mounted here (it needs root or user namespaces)';
if (missing) console.log(`e2e/operations/prometheus: skipped, because ${missing}`);

/** Least and most that a series of these may be in a calm system that has done some work; of the others nothing is negative. */
const sensible: Readonly<Record<string, readonly [least: number, most: number]>> = {
  manyhands_jobs: [10, 1_000],
  manyhands_jobs_finished_total: [10, 1_000],
  manyhands_job_duration_seconds: [10, 1_000],
  manyhands_chunks_done_total: [10, 1_000],
  manyhands_chunks_failed_total: [0, 0],
  manyhands_chunks_computed_total: [1, 1_000],
  manyhands_workers: [3, 3],
  manyhands_coordinators: [1, 1],
  manyhands_slots: [1, 64],
  manyhands_kind_slots: [1, 64],
  manyhands_leases_waiting: [0, 100],
  manyhands_leases_in_flight: [0, 64],
  manyhands_mailbox_waiting: [0, 200],
  manyhands_dead_letters: [0, 0],
  manyhands_partitions_stuck: [0, 0],
  manyhands_partitions_unowned: [0, 8],
  manyhands_stored_bytes: [1_000, 50e6],
  manyhands_stored_limit_bytes: [1e6, 50e6],
  manyhands_disk_free_bytes: [100e6, 160 * 1024 ** 2],
  manyhands_disk_size_bytes: [160 * 1024 ** 2, 160 * 1024 ** 2],
  manyhands_clock_difference_seconds: [0, 1],
  manyhands_http_request_duration_seconds: [10, 10_000],
  manyhands_http_refused_total: [1, 1],
  manyhands_outside_requests_total: [5, 5],
  manyhands_outside_breakers_open: [0, 0],
  manyhands_outside_breakers_opened_total: [0, 0],
  manyhands_http_connections: [2, 100],
  manyhands_storage_works: [1, 1],
  manyhands_watchers: [1, 5],
  manyhands_watchers_behind: [0, 0],
  manyhands_watchers_cut_total: [0, 0],
  manyhands_coordinator_jobs_quarantined_total: [0, 0],
  process_cpu_seconds_total: [0.01, 1_000],
  process_resident_memory_bytes: [20e6, 2e9],
  nodejs_heap_size_used_bytes: [5e6, 1e9],
};

/** Has series only while requests of libuv are under way. */
const momentary = ['nodejs_active_requests'];

describe.skipIf(missing)('a Prometheus', { timeout: 400_000 }, () => {
  let system: System;
  let prometheus: Prometheus;
  let causes: Cause[];
  let site: Server;
  let startedMs: number;

  const siteUrl = (): string => `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const api = () => rest(system.baseUrl);
  const work = async (jobs: number): Promise<void> => {
    for (let job = 0; job < jobs; job += 1)
      await api().finish(await api().submit({ kind: 'primes', params: { n: 20_000 }, chunks: 4 }));
  };

  beforeAll(async () => {
    const healthPort = await reservedPort();
    site = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
    await once(site, 'listening');
    system = await startSystem({
      takesPermissions: eachAlone,
      through: (home) => onSmallDisk!(home, 160),
      env: {
        MANYHANDS_STORAGE_GB: '0.05',
        MANYHANDS_KINDS: 'primes,sum',
        MANYHANDS_OUTSIDE_ALLOW: '127.0.0.1',
        OTEL_EXPORTER_OTLP_ENDPOINT: siteUrl(),
      },
    });
    prometheus = await startPrometheus([new URL(system.baseUrl).host, `127.0.0.1:${healthPort}`], minuteMs);
    // The home is in another mount namespace.
    const { path } = smallDiskOf(system.pid, system.home);
    for (const name of ['nats-url', 'nats-keys']) cpSync(path(name), join(system.home, name), { recursive: true });
    const worker: ChildProcess = system.join('compute', { HEALTH_PORT: String(healthPort), MANYHANDS_KINDS: 'http' });
    causes = causesIn(system, await startMoodyWorker(system.natsUrl), worker);
    await vi.waitFor(async () => expect((await api().get('/readyz')).json.checks.workers).toBe(3), { timeout: 20_000 });
    // The first message of each partition finds it without an owner.
    await Promise.all(Array.from({ length: 8 }, () => work(4)));
    // Until it has scraped for the first time, nothing is known of the system.
    await vi.waitFor(
      async () => expect([(await prometheus.query('up == 1')).length, await prometheus.firing()]).toEqual([2, []]),
      {
        timeout: 20_000,
        interval: 500,
      },
    );
    await pause(minuteMs);
    startedMs = performance.now();
  });
  afterAll(async () => {
    for (const { undo } of causes?.toReversed() ?? []) await undo().catch(() => {});
    await prometheus?.stop();
    expect(await system?.stop()).toBe(0);
    site?.close();
  });

  const firedSince = (ms: number): Promise<string[]> => prometheus.firedWithin((performance.now() - ms) / 1_000);

  it('sees every metric of the page with a sensible value, data in every panel of the board, and no alert in a calm time', async () => {
    const items = [1, 2, 3, 4, 5];
    const job = await api().submit({ kind: 'http', params: { url: `${siteUrl()}/` }, items });
    expect(await api().finish(job)).toMatchObject({ status: 'completed' });
    const refused = get(system.baseUrl, { headers: { host: 'elsewhere.example' } }, (answer) => answer.resume());
    await new Promise((done) => refused.once('close', done));
    const open = await api().submit({ kind: 'primes', params: { n: 1_000_000_000 }, chunks: 4 });
    await api().post(`/v1/jobs/${open}/pause`, {});
    const events = await fetch(`${system.baseUrl}/v1/jobs/${open}/events`);
    const socket = new WebSocket(`${system.baseUrl.replace('http', 'ws')}/ws`);
    await new Promise((done) => socket.addEventListener('open', done));

    await work(5);
    const missed = async (): Promise<string[]> => {
      const seen = new Map<string, number[]>();
      for (const { metric, value } of await prometheus.query('{__name__=~".+"}'))
        seen.set(metric['__name__']!, [...(seen.get(metric['__name__']!) ?? []), value]);
      return METRICS_OF_PAGE.flatMap(({ name, isHistogram }) => {
        if (momentary.includes(name)) return [];
        const values = seen.get(isHistogram ? `${name}_count` : name) ?? [];
        const [least, most] = sensible[name] ?? [0, Infinity];
        const highest = Math.max(...values);
        return values.length > 0 && highest >= least && highest <= most && Math.min(...values) >= 0
          ? []
          : [`${name}: ${values.join(' ') || 'none'}`];
      });
    };
    await vi.waitFor(async () => expect(await missed()).toEqual([]), { timeout: 15_000, interval: 500 });
    expect(METRICS_OF_PAGE.length).toBeGreaterThan(70);
    expect(Object.keys(sensible).filter((name) => !METRICS_OF_PAGE.some((metric) => metric.name === name))).toEqual([]);

    const empty = async (): Promise<string[]> => {
      const answers = await Promise.all(
        boardQueries('10s').map(async ({ title, expr }) => ({ title, expr, samples: await prometheus.query(expr) })),
      );
      return answers
        .filter(({ samples }) => !samples.some(({ value }) => Number.isFinite(value)))
        .map(({ title, expr }) => `${title}: ${expr}`);
    };
    await vi.waitFor(
      async () => {
        // What has no time to show shows none.
        await work(2);
        expect(await empty()).toEqual([]);
      },
      { timeout: 15_000, interval: 500 },
    );

    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traced = await fetch(`${system.baseUrl}/v1/jobs?wait=10s`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
      body: JSON.stringify({ kind: 'primes', params: { n: 20_000 }, chunks: 4 }),
    });
    expect(await traced.json()).toMatchObject({ status: 'completed' });
    for (const name of ['http_request', 'job'].map((what) => `manyhands_${what}_duration_seconds_bucket`))
      await vi.waitFor(async () => expect(await prometheus.seriesOfTrace(traceId, name)).toEqual([name]), {
        timeout: 10_000,
        interval: 500,
      });

    const seriesCount = 'count({__name__=~"manyhands_.+"})';
    const [before] = await prometheus.query(seriesCount);
    await Promise.all(Array.from({ length: 4 }, () => work(20)));
    await pause(Math.max(2_000, startedMs + calmMinutes * minuteMs - performance.now()));
    expect(await prometheus.query(seriesCount)).toEqual([before]);
    expect(await firedSince(startedMs)).toEqual([]);
    await events.body?.cancel();
    socket.close();
  });

  it.skipIf(eachAlone)('fires each alert of what an operator must act on, when its causes come together', async () => {
    const together = causes.filter(({ alone }) => alone !== true);
    const beganMs = performance.now();
    for (const cause of together) await cause.make();
    const expected = together.flatMap(({ alerts }) => alerts).toSorted();
    await vi.waitFor(async () => expect(await firedSince(beganMs)).toEqual(expected), { timeout: 60_000, interval: 500 });
  });

  it.skipIf(!eachAlone)('fires each alert for its cause alone, and none when it is over', async () => {
    const made = causes.flatMap(({ alerts }) => alerts);
    expect(ALERTS.filter((alert) => !made.includes(alert))).toEqual([]);
    for (const { what, alerts, make, undo } of causes) {
      const beganMs = performance.now();
      await make();
      await vi.waitFor(async () => expect(await firedSince(beganMs), what).toEqual(alerts), { timeout: 60_000, interval: 500 });
      await undo();
      await vi.waitFor(async () => expect(await prometheus.firing(), `${what}, over`).toEqual([]), {
        timeout: 60_000,
        interval: 500,
      });
      console.log(`${what}: ${alerts.join(', ')}, ${Math.round(performance.now() - beganMs)} ms`);
    }
  });
});
