import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { mkdtemp, mkdir, writeFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreSubjects, encode, keys, type CoordinatorHeartbeat, type QueueStats } from '@manyhands/proto';
import { aKindRegistration, aWorkerHeartbeat, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { Feeds } from '../mirror/feeds.ts';
import { WorkerRoster } from '../workers/worker-roster.ts';
import { UntakenWork } from './untaken-work.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let web: string;

beforeAll(async () => {
  nats = await startNatsServer();
  web = await mkdtemp(join(tmpdir(), 'manyhands-web-'));
  gateway = await startFixture(nats.url, { webFolder: web });
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
  await rm(web, { recursive: true, force: true });
});

describe('the system grows ready', () => {
  test('the gateway is alive from the start', async () => {
    expect(await gateway.call('/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
  });

  test('a submit before any worker registered a kind is 503 and says when to come back', async () => {
    await eventually(async () =>
      expect(await gateway.post({ n: 1 })).toMatchObject({
        status: 503,
        json: { detail: expect.stringMatching(/^No worker has registered a kind yet/) },
      }),
    );
    expect((await gateway.post({ n: 1 })).headers.get('retry-after')).toBe('5');
  });

  test('readyz is 503 until a coordinator and a worker are there', async () => {
    await eventually(async () =>
      expect(await gateway.call('/readyz')).toMatchObject({
        status: 503,
        json: { ready: false, checks: { nats: true, coordinators: 0, workers: 0 } },
      }),
    );
    await gateway.world.coordinate('coordinator-1');
    await gateway.world.beat(aWorkerHeartbeat());
    await eventually(async () =>
      expect(await gateway.call('/readyz')).toMatchObject({
        status: 200,
        json: { ready: true, checks: { nats: true, coordinators: 1, workers: 1 } },
      }),
    );
    expect(await gateway.call('/monitoring/health')).toMatchObject({
      status: 200,
      json: {
        status: 'ok',
        api: { status: 'ok' },
        nats: { status: 'ok', answers: true, stores: true },
        coordinators: { status: 'ok', count: 1 },
        workers: { status: 'ok', count: 1, untaken_kinds: [] },
      },
    });
  });

  // Seen: a partition stood still for a day, and readyz said ready.
  test('readyz is 503 while a coordinator says that a partition stands still, with why; one it cannot read says nothing', async () => {
    const coordinators = await gateway.world.bucket('coordinators');
    const stuck = [{ partition: '03', for_sec: 20, why: 'its messages cannot be read' }];
    const beat: CoordinatorHeartbeat = {
      v: 1,
      type: 'CoordinatorHeartbeat',
      coordinator: 'coordinator-2',
      host: 'test',
      pid: 1,
      started_at: new Date().toISOString(),
    };
    await coordinators.put('coordinator-2', encode({ ...beat, stuck }), { ttlMs: 120_000 });
    await coordinators.put('coordinator-3', new TextEncoder().encode('{'), { ttlMs: 120_000 });
    await eventually(async () =>
      expect(await gateway.call('/readyz')).toMatchObject({
        status: 503,
        json: { ready: false, checks: { coordinators: 3, stuck_partitions: stuck } },
      }),
    );
    await coordinators.put('coordinator-2', encode(beat), { ttlMs: 120_000 });
    await eventually(async () =>
      expect((await gateway.call('/readyz')).json).toEqual({
        ready: true,
        checks: { nats: true, storage: true, coordinators: 3, workers: 1 },
        kept_hours: 24,
      }),
    );
    await Promise.all(['coordinator-2', 'coordinator-3'].map((key) => coordinators.remove(key)));
  });

  // Seen: a consumer deleted by hand never came back, and readyz said ready.
  test('readyz is 503 while something on NATS is missing or changed, and names it for some time after it is mended', async () => {
    const coordinators = await gateway.world.bucket('coordinators');
    const beat: CoordinatorHeartbeat = {
      v: 1,
      type: 'CoordinatorHeartbeat',
      coordinator: 'coordinator-2',
      host: 'test',
      pid: 1,
      started_at: new Date().toISOString(),
    };
    const trouble = {
      what: 'consumer due of stream SCHEDULES',
      problem: 'it was removed',
      since: new Date().toISOString(),
      mended: false,
    };
    await coordinators.put('coordinator-2', encode({ ...beat, troubles: [trouble] }), { ttlMs: 120_000 });
    await coordinators.put('coordinator-3', encode({ ...beat, troubles: [{ ...trouble, mended: true }] }), { ttlMs: 120_000 });
    await eventually(async () =>
      expect(await gateway.call('/readyz')).toMatchObject({
        status: 503,
        json: { ready: false, checks: { troubles: [trouble] } },
      }),
    );
    await coordinators.put('coordinator-2', encode(beat), { ttlMs: 120_000 });
    await eventually(async () =>
      expect(await gateway.call('/readyz')).toMatchObject({
        status: 200,
        json: { ready: true, checks: { troubles: [{ ...trouble, mended: true }] } },
      }),
    );
    await Promise.all(['coordinator-2', 'coordinator-3'].map((key) => coordinators.remove(key)));
  });

  test('a worker that stops beating leaves the list', async () => {
    await (
      await gateway.world.bucket('workers')
    ).put(keys.worker('short'), encode(aWorkerHeartbeat({ worker: 'short' })), { ttlMs: 1_000 });
    await eventually(async () =>
      expect((await gateway.call('/v1/workers')).json).toMatchObject({ workers: [{ worker: 'short' }, { worker: 'worker-1' }] }),
    );
    await eventually(async () => expect(JSON.stringify((await gateway.call('/v1/workers')).json)).not.toContain('short'));
  });

  test('kinds come with the number of live workers that compute them', async () => {
    await gateway.world.register(aKindRegistration());
    await gateway.world.register(aKindRegistration({ kind: 'idle' }));
    await (await gateway.world.bucket('kinds')).put('broken', new TextEncoder().encode('{'));
    await gateway.world.beat(aWorkerHeartbeat());
    await gateway.world.beat(aWorkerHeartbeat({ worker: 'going', draining: true }));
    await eventually(async () =>
      expect((await gateway.call('/v1/kinds')).json).toMatchObject({
        kinds: [
          { kind: 'idle', live_workers: 0 },
          { kind: 'sum', title: 'Sum', example: { n: 10_000 }, live_workers: 1 },
        ],
      }),
    );
  });

  test('a system whose workers live but take nothing is degraded, and the kind is named', async () => {
    const untaken = vi.spyOn(gateway.app.get(UntakenWork), 'kinds').mockReturnValue(['sum', 'a-kind-of-no-worker']);
    expect(await gateway.call('/monitoring/health')).toMatchObject({
      status: 503,
      json: {
        status: 'degraded',
        detail: 'Work of the kind sum waits, and no worker takes it; look at the log of the workers.',
        workers: { status: 'down', untaken_kinds: ['sum'] },
      },
    });
    untaken.mockRestore();
  });

  // Seen: two threads computed primes for ten seconds, sum waited, and the free slots of kinds that wait made it an alarm.
  test('work that waits for a thread is no alarm because slots of another kind are free', async () => {
    const beat = aWorkerHeartbeat({ slots: 34, kind_slots: { fetch: 32 }, busy_slots: 3, busy_kind_slots: { fetch: 1 } });
    await gateway.world.beat(beat);
    const roster = gateway.app.get(WorkerRoster);
    const slotsSeen = (): unknown => roster.live().find(({ worker }) => worker === beat.worker)?.slots;
    await eventually(async () => expect(slotsSeen()).toBe(34));
    const untaken = vi.spyOn(gateway.app.get(UntakenWork), 'kinds').mockReturnValue(['sum']);
    expect((await gateway.call('/monitoring/health')).json).toMatchObject({ workers: { status: 'ok', untaken_kinds: [] } });
    untaken.mockRestore();
    await gateway.world.beat(aWorkerHeartbeat());
    await eventually(async () => expect(slotsSeen()).toBe(2));
  });

  test('queues are 503 until metrics wrote them, then the bytes it wrote; metrics-lite has null until then', async () => {
    expect((await gateway.call('/v1/queues')).status).toBe(503);
    expect(await gateway.call('/metrics-lite')).toMatchObject({ status: 200, json: { system: null, workers: { count: 1 } } });
    await (await gateway.world.bucket('stats')).put(keys.queues, encode({ v: 9 }));
    await eventually(async () => expect(gateway.app.get(Feeds).stats.get(keys.queues)).toBeDefined());
    expect((await gateway.call('/v1/queues')).status).toBe(503);
    const stats: QueueStats = {
      v: 1,
      type: 'QueueStats',
      at: new Date().toISOString(),
      queues: [
        { kind: 'sum', lane: 'normal', waiting: 3, in_flight: 1, redelivered: 0 },
        { kind: 'sum', lane: 'high', waiting: 2, in_flight: 0, redelivered: 0 },
      ],
      mailbox_waiting: 1,
      dead_letters: 4,
      jobs: { running: 2 },
      chunks_per_sec: 7.5,
      jobs_finished: 9,
    };
    await (await gateway.world.bucket('stats')).put(keys.queues, encode(stats));
    await eventually(async () =>
      expect(await gateway.call('/v1/queues')).toMatchObject({ status: 200, text: JSON.stringify(stats) }),
    );
    const { v: _v, type: _type, queues: _queues, ...figures } = stats;
    expect((await gateway.call('/metrics-lite')).json).toMatchObject({
      system: { ...figures, leases_waiting: 5, leases_in_flight: 1 },
    });
    // Seen: an alarm at once, where the clock of the gateway was ahead by more than ten seconds.
    const waits = { ...stats, queues: [{ ...stats.queues[0]!, in_flight: 0 }] };
    await (await gateway.world.bucket('stats')).put(keys.queues, encode(waits));
    await eventually(async () => expect((await gateway.call('/v1/queues')).text).toBe(JSON.stringify(waits)));
    const realNow = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 60_000);
    const { workers } = (await gateway.call('/monitoring/health')).json as { workers: object };
    clock.mockRestore();
    expect(workers).toMatchObject({ status: 'ok', untaken_kinds: [] });
  });
});

describe('/metrics', () => {
  test("holds the gateway's own metrics when nobody else answers", async () => {
    const answer = await gateway.call('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.text).toMatch(/manyhands_http_request_duration_seconds_count\{.*route="\/healthz".*\} \d+/);
    expect(answer.text).toContain('manyhands_watchers{transport="sse",service="gateway"} 0');
  });

  test("adds the system's text, each family described once", async () => {
    const { connection } = gateway.world.broker;
    const asked = connection.subscribe(coreSubjects.queryMetrics, {
      callback: (_error, message) =>
        void message.respond(
          '# HELP process_cpu_seconds_total x\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total{service="metrics"} 1\n# HELP manyhands_workers x\n# TYPE manyhands_workers gauge\nmanyhands_workers 1\n',
        ),
    });
    await connection.flush();
    const { text } = await gateway.call('/metrics');
    asked.unsubscribe();
    expect(text).toContain('manyhands_workers 1');
    expect(text).toContain('process_cpu_seconds_total{service="metrics"} 1');
    expect(text.match(/# TYPE process_cpu_seconds_total /g)).toHaveLength(1);
  });
});

describe('the documentation', () => {
  test('/openapi.json describes answers and refusals, and all its references resolve', async () => {
    const { json } = await gateway.call('/openapi.json');
    const document = json as { openapi: string; paths: Record<string, Record<string, { responses: object }>> };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths['/v1/jobs']!['post']!.responses).join(' ')).toBe(
      '200 202 400 401 403 410 413 415 421 422 429 500 503 default',
    );
    for (const reference of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = reference[1]!
        .split('/')
        .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], document);
      expect(target, reference[1]).toBeDefined();
    }
  });

  test('/reference is a page whose scripts are files of ours', async () => {
    const page = await gateway.call('/reference');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)/);
    for (const [, source] of page.text.matchAll(/<script src="\.\/([^"]+)"/g))
      expect((await gateway.call(`/${source}`)).status).toBe(200);
  });
});

describe('the dashboard', () => {
  test('says how to build it where it is not built', async () => {
    const asPage = { headers: { accept: 'text/html' } };
    expect(await gateway.call('/jobs', asPage)).toMatchObject({ status: 404, text: expect.stringContaining('npm run build') });
  });

  test('answers page addresses with the page of their route or the one for any, files with files, and nothing of the API with a page', async () => {
    await mkdir(join(web, '_app/immutable'), { recursive: true });
    await writeFile(join(web, '200.html'), '<html>one page</html>');
    await writeFile(join(web, '_app/immutable/boot.js'), 'boot()');
    for (const path of ['/', '/jobs', '/jobs/0198c0de-0000-7000-8000-000000000000', '/operations?tab=1']) {
      const answer = await gateway.call(path, { headers: { accept: 'text/html' } });
      expect(answer).toMatchObject({ status: 200, text: '<html>one page</html>' });
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    }
    await mkdir(join(web, 'pages/jobs'), { recursive: true });
    const names = ['index', 'jobs', 'jobs/_'];
    for (const name of names) await writeFile(join(web, `pages/${name}.html`), `<html>${name}</html>`);
    // A gateway that starts once the dashboard is built has a page for each of its routes.
    const later = await startFixture(nats.url, { webFolder: web });
    const paths = ['/', '/jobs', '/jobs/0198c0de-0000-7000-8000-000000000000', '/operations'];
    const answers = await Promise.all(paths.map((path) => later.call(path, { headers: { accept: 'text/html' } })));
    expect(answers.map(({ text }) => text)).toEqual([...names.map((name) => `<html>${name}</html>`), '<html>one page</html>']);
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(paths.map(() => 'no-cache'));
    await later.stop();
    const script = await gateway.call('/_app/immutable/boot.js');
    expect(script).toMatchObject({ status: 200, text: 'boot()' });
    expect(script.headers.get('cache-control')).toContain('immutable');
    for (const path of [
      '/v1',
      '//v1/jobs',
      '/v1/nothing',
      '/missing.js',
      '/_app/immutable/missing.js',
      '/..%2f..%2fpackage.json',
      '/_app/..%2f..%2fpackage.json',
      '/%E0%A4%A',
    ]) {
      const answer = await gateway.call(path);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
      expect(answer.json, path).toMatchObject({ detail: expect.any(String) });
    }
  });
});

test('every answer carries the security headers', async () => {
  for (const path of ['/', '/v1/jobs/x', '/openapi.json', '/healthz']) {
    const { headers } = await gateway.call(path);
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
  }
});
