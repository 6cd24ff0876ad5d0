/** What is promised of answers holds far from NATS too, and while it hangs: on every route that the API describes, with the largest pages. */
import { createOutbox, storedSubjects } from '@manyhands/broker';
import {
  deadSubjects,
  encode,
  limits,
  LOCAL_TENANT,
  newJobId,
  newScheduleId,
  scheduleSubjects,
  type DeadChunk,
} from '@manyhands/proto';
import {
  aJobView,
  aKindRegistration,
  aSchedule,
  eventually,
  startNatsServer,
  startNetworkLink,
  type NatsServer,
  type NetworkLink,
} from '@manyhands/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, startReadyGateway, type World } from '../gateway.fixture.ts';

/** Two seconds are promised; what a machine busy with other tests takes by itself comes on top. Broken was 5 s and more. */
const PROMISED_MS = 3_000;
/** Milliseconds bytes travel to NATS, and back. */
const distances = [5, 25, 50];
/** Sent at once; 300 hold on a machine with nothing else to do: `BURST=300`. */
const burst = Number(process.env['BURST'] ?? 60);

let nats: NatsServer;
let world: World;
const jobs = Array.from({ length: limits.pageSizeMax + 1 }, () => aJobView({ job_id: newJobId(), status: 'running' }));
const schedules = Array.from({ length: limits.pageSizeMax + 1 }, (_, index) =>
  aSchedule({ schedule_id: newScheduleId(), cron: `${index % 60} 3 29 2 *`, time_zone: 'Europe/Berlin' }),
);

beforeAll(async () => {
  nats = await startNatsServer();
  world = await openWorld(nats.url);
  await world.register(aKindRegistration());
  await world.coordinate('c1');
  for (const job of jobs) await world.save(job);
  const outbox = createOutbox(world.broker);
  await outbox.publishAll(
    schedules.map((schedule) => ({
      subject: scheduleSubjects.timer(LOCAL_TENANT, schedule.schedule_id),
      data: encode(schedule),
    })),
  );
  await outbox.publishAll(
    jobs.map(({ job_id: jobId }) => {
      const letter: DeadChunk = {
        v: 1,
        type: 'DeadChunk',
        job_id: jobId,
        tenant: LOCAL_TENANT,
        kind: 'sum',
        begin: 0,
        end: 1,
        round: 0,
        error: { code: 'compute_failed', message: 'x', retryable: true },
        runs: [],
        died_at: new Date().toISOString(),
      };
      return { subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, 0), data: encode(letter) };
    }),
  );
}, 60_000);
afterAll(async () => {
  await world?.broker.close();
  await nats?.stop();
});

interface Far {
  link: NetworkLink;
  origin: string;
  stop(): Promise<void>;
}

async function gatewayAt(delayMs: number): Promise<Far> {
  const link = await startNetworkLink(nats, { delayMs });
  const { app, origin } = await startReadyGateway(link.url);
  await eventually(async () => expect((await timed(origin, '/v1/jobs', { method: 'POST', body: '{"n":1}' })).status).toBe(202));
  return {
    link,
    origin,
    async stop() {
      await link.close();
      await app.close();
    },
  };
}

/** Until the head of the answer, and for all but streams its body. */
async function timed(
  origin: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: string } = {},
): Promise<{ status: number; ms: number; text: string }> {
  const beganMs = performance.now();
  const response = await fetch(`${origin}${path}`, {
    method,
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await response.text();
  if (isStream) await response.body?.cancel();
  return { status: response.status, ms: performance.now() - beganMs, text };
}

/** Every call that the API describes, with what is there. */
async function allCalls(origin: string): Promise<{ method: string; path: string; body?: string }[]> {
  const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
  let used = 0;
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['get', 'post', 'delete', 'put', 'patch'].includes(method))
      .map((method) => {
        used += 1;
        const id = path.startsWith('/v1/schedules')
          ? schedules[used]!.schedule_id
          : path.startsWith('/v1/dead-letters')
            ? `${jobs[used]!.job_id}-0-0`
            : jobs[used]!.job_id;
        const paged = method === 'get' && ['/v1/jobs', '/v1/schedules', '/v1/dead-letters'].includes(path);
        return {
          method: method.toUpperCase(),
          path: `${path.replace(/\{[^}]+\}/, id)}${paged ? `?limit=${limits.pageSizeMax}` : ''}`,
          ...(method === 'post' && path === '/v1/jobs' && { body: '{"n":3}' }),
        };
      }),
  );
  expect(calls.length).toBeGreaterThan(20);
  return calls;
}

describe.each(distances)('a gateway %i ms away from NATS, in each direction', (delayMs) => {
  let far: Far;
  beforeAll(async () => {
    far = await gatewayAt(delayMs);
  }, 60_000);
  afterAll(() => far?.stop());

  test('answers every route in time, and none with 503', async () => {
    for (const { method, path, body } of await allCalls(far.origin)) {
      const answer = await timed(far.origin, path, { method, ...(body !== undefined && { body }) });
      expect(answer.ms, `${method} ${path}`).toBeLessThan(PROMISED_MS);
      // There is no worker, so it is not ready; and metrics does not run.
      if (!/readyz|health|queue|^\/metrics/.test(path) && !/the metrics service /.test(answer.text))
        expect(answer.status, `${method} ${path} ${answer.text.slice(0, 200)}`).toBeLessThan(500);
    }
    for (const [path, list] of [
      ['/v1/schedules', 'schedules'],
      ['/v1/dead-letters', 'dead_letters'],
    ] as const) {
      const { status, text } = await timed(far.origin, `${path}?limit=${limits.pageSizeMax}`);
      expect(status, path).toBe(200);
      expect((JSON.parse(text) as Record<string, unknown[]>)[list]!.length, path).toBeGreaterThan(limits.pageSizeMax - 10);
    }
  }, 60_000);

  // Seen: at 10 ms, 39 of 100 were answered 503 though all were stored, and of 300 most.
  test(`stores ${burst} schedules that are sent at once, and says so`, async () => {
    const bodies = Array.from({ length: burst }, (_, index) =>
      index % 2 === 0 ? { n: 1, run_at: new Date(Date.now() + 86_400_000).toISOString() } : { n: 1, cron: '@yearly' },
    );
    const answers = await Promise.all(
      bodies.map((body) => timed(far.origin, '/v1/jobs', { method: 'POST', body: JSON.stringify(body) })),
    );
    // A machine that has no time for it says so before it stores one.
    expect([202, 429]).toEqual(expect.arrayContaining([...new Set(answers.map(({ status }) => status))]));
    const { subjects } = await storedSubjects(world.broker, 'schedules', scheduleSubjects.timersOf(LOCAL_TENANT));
    const stored = answers
      .filter(({ status }) => status === 202)
      .map(({ text }) => (JSON.parse(text) as { schedule_id: string }).schedule_id);
    expect(stored.length).toBeGreaterThan(burst / 3);
    const given = new Set(schedules.map(({ schedule_id: id }) => id));
    expect(new Set(subjects.map((subject) => subject.split('.').at(-1)!).filter((id) => !given.has(id)))).toEqual(
      new Set(stored),
    );
    await Promise.all(
      stored.map((id) =>
        world.broker.manager.streams.purge('SCHEDULES', { filter: scheduleSubjects.ofSchedule(LOCAL_TENANT, id) }),
      ),
    );
  }, 60_000);

  test(`takes ${burst} jobs that are sent at once, half of them with keys`, async () => {
    const answers = await Promise.all(
      Array.from({ length: burst }, async (_, index) => {
        const headers = {
          'content-type': 'application/json',
          ...(index % 2 === 0 && { 'idempotency-key': `distance-${delayMs}-${index}` }),
        };
        const response = await fetch(`${far.origin}/v1/jobs`, { method: 'POST', headers, body: '{"n":1}' });
        await response.text();
        return response.status;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([202]));
  }, 60_000);
});

// Seen: `GET /v1/schedules` took 5 s, a pause up to 8.
test('while NATS hangs every route is answered in time', async () => {
  const far = await gatewayAt(0);
  try {
    const calls = await allCalls(far.origin);
    far.link.mute();
    const answers = await Promise.all(calls.map(async (call) => ({ call, ...(await timed(far.origin, call.path, call)) })));
    for (const { call, ms } of answers) expect(ms, `${call.method} ${call.path}`).toBeLessThan(PROMISED_MS);
    for (const { call, status } of answers)
      if (/^\/v1\/(schedules|dead-letters)/.test(call.path)) expect(status, `${call.method} ${call.path}`).toBe(503);
  } finally {
    await far.stop();
  }
}, 60_000);
