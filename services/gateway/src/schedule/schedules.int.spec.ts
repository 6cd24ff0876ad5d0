import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decode,
  encode,
  limits,
  LOCAL_TENANT,
  newJobId,
  newScheduleId,
  Schedule,
  ScheduleRan,
  scheduleSubjects,
} from '@manyhands/proto';
import { lastStored, storedSubjects, storeUnless } from '@manyhands/broker';
import { aKindRegistration, aSchedule, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.post({ n: 10 })).status).toBe(202));
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

async function made(body: object): Promise<string> {
  const answer = await gateway.post({ n: 10, ...body });
  expect(answer.status).toBe(202);
  return (answer.json as { schedule_id: string }).schedule_id;
}
const storedTimer = async (id: string) => lastStored(gateway.world.broker, 'schedules', scheduleSubjects.timer(LOCAL_TENANT, id));
const post = (path: string) => gateway.call(path, { method: 'POST' });

describe('POST /v1/jobs with a time', () => {
  test('stores a schedule the server holds, says when it comes next, and submits no job', async () => {
    const before = (await gateway.world.mailbox()).length;
    const runAt = inAnHour();
    const answer = await gateway.post({ kind: 'sum', params: { n: 7 }, chunks: 3, priority: 'high', run_at: runAt });
    const { schedule_id: id } = answer.json as { schedule_id: string };
    expect(answer).toMatchObject({ status: 202, json: { schedule_id: id, status: 'scheduled', next_run_at: runAt } });
    expect(answer.headers.get('location')).toBe(`/v1/schedules/${id}`);
    expect(decode(Schedule, (await storedTimer(id))!.data)).toMatchObject({
      run_at: runAt,
      cron: null,
      job: { kind: 'sum', params: { n: 7 }, chunks: 3, lane: 'high' },
    });
    const raw = await gateway.world.broker.manager.streams.getMessage('SCHEDULES', {
      last_by_subj: scheduleSubjects.timer(LOCAL_TENANT, id),
    });
    expect(raw!.header.get('Nats-Schedule')).toBe(`@at ${runAt}`);
    expect(raw!.header.get('Nats-Schedule-Target')).toBe(scheduleSubjects.due(LOCAL_TENANT, id));
    expect(await gateway.world.mailbox()).toHaveLength(before);
  });

  test('keeps what its jobs ask for in attempts and time, and shows it', async () => {
    const id = await made({ run_at: inAnHour(), max_attempts: 2, soft_limit_sec: 1.5 });
    const asked = { max_attempts: 2, soft_limit_sec: 1.5, hard_limit_sec: limits.hardLimitSec };
    expect(decode(Schedule, (await storedTimer(id))!.data).job).toMatchObject(asked);
    expect(await gateway.call(`/v1/schedules/${id}`)).toMatchObject({ status: 200, json: asked });
    expect((await gateway.post({ n: 10, run_at: inAnHour(), max_attempts: limits.attemptsMaxMax + 1 })).status).toBe(400);
  });

  test('takes a cron expression and its time zone', async () => {
    const answer = await gateway.post({ n: 10, cron: '30 6 * * mon-fri', time_zone: 'Europe/Berlin' });
    const { schedule_id: id, next_run_at: next } = answer.json as { schedule_id: string; next_run_at: string };
    expect(
      new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit' }).format(new Date(next)),
    ).toBe('06:30');
    // The server holds the next run alone: it needs neither cron nor time zones, and a crash takes nothing of it.
    expect(await storedTimer(id)).not.toHaveProperty('isHeld');
    const raw = await gateway.world.broker.manager.streams.getMessage('SCHEDULES', {
      last_by_subj: scheduleSubjects.alarm(LOCAL_TENANT, id),
    });
    expect(raw!.header.get('Nats-Schedule')).toBe(`@at ${next}`);
    expect(raw!.header.get('Nats-Schedule-Target')).toBe(scheduleSubjects.due(LOCAL_TENANT, id));
    expect(decode(Schedule, raw!.data)).toMatchObject({ schedule_id: id, due_at: next });
    await gateway.call(`/v1/schedules/${id}`, { method: 'DELETE' });
  });

  // Seen: 400 "NATS cannot run this schedule: message schedules time zone is invalid".
  test.each([
    ['utc', 'UTC'],
    ['EUROPE/BERLIN', 'Europe/Berlin'],
    ['us/pacific', 'US/Pacific'],
    ['asia/kolkata', 'Asia/Kolkata'],
  ])('takes the time zone %j as %s', async (given, name) => {
    const id = await made({ cron: '@daily', time_zone: given });
    expect(await gateway.call(`/v1/schedules/${id}`)).toMatchObject({ json: { time_zone: name } });
  });

  test('in the past is due at once', async () => {
    const answer = await gateway.post({ n: 10, run_at: '2020-01-01T00:00:00Z' });
    const { schedule_id: id } = answer.json as { schedule_id: string };
    // Seen: without a word.
    expect(answer.json).toMatchObject({ note: 'run_at has passed, so the job runs now.' });
    await eventually(async () =>
      expect(await lastStored(gateway.world.broker, 'schedules', scheduleSubjects.due(LOCAL_TENANT, id))).toBeDefined(),
    );
    expect(await gateway.call(`/v1/schedules/${id}`)).toMatchObject({ status: 200, json: { status: 'scheduled' } });
    expect(await post(`/v1/schedules/${id}/pause`)).toMatchObject({ status: 200 });
  });

  test.each([
    [{ n: 10, run_at: '2999-01-01T00:00:00Z' }, 400, 'run_at must be at most a year ahead.'],
    [
      { n: 10, cron: '@daily', time_zone: 'Europe/Berln' },
      422,
      [
        {
          loc: ['body', 'time_zone'],
          msg: '"Europe/Berln" is not a known time zone; did you mean Europe/Berlin?',
          type: 'value_error',
        },
      ],
    ],
    [{ n: 10, cron: '*/61 * * * *' }, 400, expect.stringMatching(/use a step of 1 to 59/)],
    [{ n: 10, cron: '* * * * * *' }, 400, expect.stringMatching(/has 6 fields; it needs five/)],
    [{ n: 0, cron: '@daily' }, 400, expect.stringMatching(/^n must be/)],
    [{ kind: 'nope', params: {}, cron: '@daily' }, 400, expect.stringMatching(/^Unknown kind/)],
    [
      { n: 10, cron: '@daily', timezone: 'UTC' },
      422,
      [expect.objectContaining({ loc: ['body', 'timezone'], type: 'extra_forbidden' })],
    ],
  ])('refuses %j', async (body, status, detail) => {
    expect(await gateway.post(body)).toMatchObject({ status, json: { detail } });
  });

  test('does not wait', async () => {
    expect(await gateway.post({ n: 10, cron: '@daily' }, { query: '?wait=1s' })).toMatchObject({
      status: 400,
      json: { detail: expect.stringMatching(/^wait is not possible with/) },
    });
  });
});

describe('/v1/schedules/:id', () => {
  test('pause takes the schedule from the server, resume gives it back, both may be repeated', async () => {
    const id = await made({ cron: '@hourly' });
    const alarm = async () => lastStored(gateway.world.broker, 'schedules', scheduleSubjects.alarm(LOCAL_TENANT, id));
    expect(await alarm()).toBeDefined();
    for (let times = 0; times < 2; times += 1)
      expect(await post(`/v1/schedules/${id}/pause`)).toMatchObject({
        status: 200,
        json: { status: 'paused', next_run_at: null },
      });
    expect(await alarm()).toBeUndefined();
    for (let times = 0; times < 2; times += 1)
      expect(await post(`/v1/schedules/${id}/resume`)).toMatchObject({
        status: 200,
        json: { status: 'scheduled', next_run_at: expect.stringMatching(/:00:00\.000Z$/) },
      });
    expect(decode(Schedule, (await alarm())!.data).due_at).toMatch(/:00:00\.000Z$/);
  });

  test('of one that ran once says done and which job; it cannot be paused any more', async () => {
    const schedule = aSchedule({ cron: null, time_zone: null, run_at: '2026-01-01T00:00:00.000Z' });
    const ran: ScheduleRan = {
      v: 1,
      type: 'ScheduleRan',
      schedule,
      occurrence: 'once',
      due_at: '2026-01-01T00:00:00.000Z',
      job_id: newJobId(),
    };
    await gateway.world.outbox.publishAll([
      { subject: scheduleSubjects.ran(LOCAL_TENANT, schedule.schedule_id), data: encode(ran), ttlMs: 60_000 },
    ]);
    const path = `/v1/schedules/${schedule.schedule_id}`;
    expect(await gateway.call(path)).toMatchObject({ status: 200, json: { status: 'done', last_job_id: ran.job_id } });
    expect(await post(`${path}/pause`)).toMatchObject({
      status: 409,
      json: { detail: 'The schedule has run and will not run again.' },
    });
    expect((await gateway.call(path, { method: 'DELETE' })).status).toBe(204);
  });

  test('removed is gone, for the server too', async () => {
    const id = await made({ cron: '@daily' });
    expect((await gateway.call(`/v1/schedules/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await storedTimer(id)).toBeUndefined();
    expect((await gateway.call(`/v1/schedules/${id}`, { method: 'DELETE' })).status).toBe(404);
  });

  // Seen: a run under way while its schedule was deleted noted itself afterwards, and the schedule was there again.
  test('removed stays gone, whatever was under way: a pause, a resume, the note of a run, and the request that made it', async () => {
    const { broker } = gateway.world;
    for (let round = 0; round < 15; round += 1) {
      const headers = { 'idempotency-key': `delete-race-${round}` };
      const body = { n: 10, cron: '@daily' };
      const { schedule_id: id } = (await gateway.post(body, { headers })).json as { schedule_id: string };
      const schedule = decode(Schedule, (await storedTimer(id))!.data);
      const ran: ScheduleRan = {
        v: 1,
        type: 'ScheduleRan',
        schedule,
        occurrence: 'x',
        due_at: new Date().toISOString(),
        job_id: newJobId(),
      };
      const note = async (): Promise<boolean> =>
        storeUnless(broker, 'schedules', {
          subject: scheduleSubjects.ran(LOCAL_TENANT, id),
          data: encode(ran),
          ttlMs: 60_000,
          unless: scheduleSubjects.gone(id),
        });
      const path = `/v1/schedules/${id}`;
      const [removed, ...others] = await Promise.all([
        gateway.call(path, { method: 'DELETE' }),
        post(`${path}/pause`),
        post(`${path}/resume`),
        note(),
        gateway.post(body, { headers }),
        post(`${path}/pause`),
        note(),
      ]);
      expect(removed.status).toBe(204);
      expect(others).toHaveLength(6);
      expect(await note(), 'a run that comes late').toBe(false);
      expect((await gateway.post(body, { headers })).status).toBe(410);
      expect((await gateway.call(path)).status, `round ${round}`).toBe(404);
      expect((await storedSubjects(broker, 'schedules', scheduleSubjects.ofSchedule(LOCAL_TENANT, id))).subjects).toEqual([]);
    }
  });

  test('that another release stored is left out of the list alone, says so when asked for, and can be removed', async () => {
    const [strange, good] = [newScheduleId(), await made({ cron: '@daily' })];
    await gateway.world.outbox.publishAll([
      { subject: scheduleSubjects.timer(LOCAL_TENANT, strange), data: encode({ v: 9, type: 'Schedule' }) },
    ]);
    const unknown = [
      aSchedule({ cron: 'every full moon', time_zone: 'UTC' }),
      // Seen: the list of all schedules was answered with 500.
      aSchedule({ cron: '@daily', time_zone: 'Mars/Olympus' }),
    ];
    await gateway.world.outbox.publishAll(
      unknown.map((schedule) => ({
        subject: scheduleSubjects.timer(LOCAL_TENANT, schedule.schedule_id),
        data: encode({ ...schedule, tenant: LOCAL_TENANT }),
      })),
    );
    const page = await gateway.call('/v1/schedules?limit=200');
    expect(page).toMatchObject({ status: 200 });
    expect(page.text).toContain(good);
    for (const id of [strange, ...unknown.map(({ schedule_id }) => schedule_id)]) {
      expect(page.text).not.toContain(id);
      expect(await gateway.call(`/v1/schedules/${id}`)).toMatchObject({
        status: 409,
        json: { detail: expect.stringMatching(/stored by another release/) },
      });
      expect((await gateway.call(`/v1/schedules/${id}`, { method: 'DELETE' })).status).toBe(204);
    }
  });

  test('of somebody else, of nobody, and what is no id, is 404 for every call', async () => {
    const theirs = aSchedule({ tenant: 'other' });
    await gateway.world.outbox.publishAll([
      { subject: scheduleSubjects.timer('other', theirs.schedule_id), data: encode(theirs) },
    ]);
    for (const id of [theirs.schedule_id, newScheduleId(), '*', 'x']) {
      for (const [path, method] of [
        ['', 'GET'],
        ['', 'DELETE'],
        ['/pause', 'POST'],
        ['/resume', 'POST'],
      ] as const) {
        expect(await gateway.call(`/v1/schedules/${id}${path}`, { method }), `${method} ${id}${path}`).toMatchObject({
          status: 404,
          json: { detail: 'Schedule not found.' },
        });
      }
    }
    expect((await gateway.call('/v1/schedules?limit=200')).text).not.toContain(theirs.schedule_id);
    expect(
      await lastStored(gateway.world.broker, 'schedules', scheduleSubjects.timer('other', theirs.schedule_id)),
    ).toBeDefined();
  });
});

describe('GET /v1/schedules', () => {
  test('pages through all of them, newest first, each once', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift(await made({ run_at: inAnHour() }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const { schedules, next_cursor: next } = (await gateway.call(`/v1/schedules?limit=2${cursor}`)).json as {
        schedules: { schedule_id: string }[];
        next_cursor: string | null;
      };
      expect(schedules.length).toBeLessThanOrEqual(2);
      seen.push(...schedules.map(({ schedule_id: id }) => id));
      cursor = next === null ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    expect(seen.slice(0, 5)).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('limits', () => {
  const given = { ...limits };
  const set = (values: Partial<Record<keyof typeof limits, number>>): void => void Object.assign(limits, values);

  test('one schedule too many is 429, also when several come at once, until one is deleted', async () => {
    const { schedules } = (await gateway.call('/v1/schedules?limit=200')).json as { schedules: { status: string }[] };
    const timers = schedules.filter(({ status }) => status !== 'done').length;
    set({ schedulesMax: timers + 2 });
    try {
      const answers = await Promise.all(Array.from({ length: 5 }, () => gateway.post({ n: 10, cron: '@daily' })));
      // One that is due and not run yet has no timer, and does not count.
      const taken = answers.filter(({ status }) => status === 202);
      expect(taken.length).toBeLessThan(5);
      const refused = answers.find(({ status }) => status === 429)!;
      expect(refused).toMatchObject({ json: { detail: expect.stringMatching(/is the limit; delete some/) } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await gateway.post({ n: 10 })).status).toBe(202);
      const { schedule_id: id } = taken[0]!.json as { schedule_id: string };
      await gateway.call(`/v1/schedules/${id}`, { method: 'DELETE' });
      expect((await gateway.post({ n: 10, cron: '@daily' })).status).toBe(202);
    } finally {
      set({ schedulesMax: given.schedulesMax });
    }
  });

  test('a system full of schedules refuses new ones with 503, long before old ones are lost', async () => {
    set({ scheduleBytesMax: 1 });
    try {
      expect(await gateway.post({ n: 10, cron: '@daily' })).toMatchObject({
        status: 503,
        json: { detail: expect.stringMatching(/was not stored because the system holds too many/) },
      });
    } finally {
      set({ scheduleBytesMax: given.scheduleBytesMax });
    }
  });
});
