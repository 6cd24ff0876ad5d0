/** How much one user may have at once. Who asks is what a header claims; a test plays coordinator, and stores the views of jobs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_TENANT, limits, newJobId, type JobView } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';
import { OPEN_CALLER, SCOPES } from '../identity/caller.ts';
import { Identification } from '../identity/identification.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let open: GatewayFixture;
const quotas = { jobs: 2, chunks: 20, inputBytes: 1_000, schedules: 1 };

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url, { auth: 'on', quotas });
  open = await startFixture(nats.url, { auth: 'off', quotas });
  gateway.app.get(Identification).identify = async ({ headers: { 'x-user': user } }) =>
    typeof user === 'string' ? { tenant: user, userId: user, role: 'user', scopes: SCOPES, by: 'session' } : OPEN_CALLER;
  await gateway.world.register(aKindRegistration());
  for (const { call } of [gateway, open])
    await eventually(async () => expect((await call('/v1/kinds')).json).toMatchObject({ kinds: [{}] }));
});
afterAll(async () => {
  await gateway?.stop();
  await open?.stop();
  await nats?.stop();
});

let users = 0;
const newUser = (): { 'x-user': string } => ({ 'x-user': `user-${(users += 1)}` });
const submit = (headers: Record<string, string>, chunks: number) => gateway.post({ n: 1_000, chunks }, { headers });

test('a user has so many jobs under way, and another one when one has ended', async () => {
  const user = newUser();
  const [first, second] = [await submit(user, 1), await submit(user, 1)];
  expect([first.status, second.status]).toEqual([202, 202]);
  const refused = await submit(user, 1);
  expect(refused).toMatchObject({
    status: 429,
    json: { detail: 'You have 2 jobs that have not ended, and 2 is the limit. Wait until one ends, or cancel one.' },
  });
  expect(refused.headers.get('retry-after')).toBe('10');
  expect((await submit(newUser(), 1)).status).toBe(202);
  const { job_id } = first.json as { job_id: string };
  await gateway.world.save(aJobView({ job_id, tenant: user['x-user'], status: 'completed' }));
  await eventually(async () => expect((await submit(user, 1)).status).toBe(202));
});

// Seen: all of them were taken, since each looked before any was stored.
test('a user has no more jobs for submitting many at the same time, and each counts once', async () => {
  const [user, other] = [newUser(), newUser()];
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => submit(index % 2 === 0 ? user : { ...user, 'idempotency-key': `many-${index}` }, 1)),
  );
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(quotas.jobs);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(8 - quotas.jobs);
  const same = { ...other, 'idempotency-key': 'same' };
  const repeats = await Promise.all([submit(same, 1), submit(same, 1)]);
  expect(repeats.map(({ status }) => status)).toContain(202);
  expect((await submit(other, 1)).status).toBe(202);
  expect((await submit(other, 1)).status).toBe(429);
});

// Seen: what was over ran again, however many were under way.
test('a job that runs again counts as a new one does', async () => {
  const user = newUser();
  const { job_id: jobId } = (await submit(user, 4)).json as { job_id: string };
  const save = (view: Partial<JobView>) => gateway.world.save(aJobView({ tenant: user['x-user'], total_chunks: 4, ...view }));
  const over = { status: 'failed', completed_chunks: 3, failed_chunks: 1 } as const;
  await save({ job_id: jobId, ...over });
  const [other] = await Promise.all(
    [newJobId(), newJobId()].map(async (id) => {
      await save({ job_id: id, status: 'running' });
      return id;
    }),
  );
  const requeue = () => gateway.call(`/v1/jobs/${jobId}/requeue`, { method: 'POST', headers: user });
  await eventually(async () =>
    expect(await requeue()).toMatchObject({
      status: 429,
      json: { detail: expect.stringMatching(/^You have 2 jobs that have not ended/) },
    }),
  );
  await save({ job_id: other!, ...over });
  await eventually(async () => expect((await requeue()).status).toBe(202));
  expect((await submit(user, 1)).status).toBe(429);
  expect((await requeue()).status).toBe(202);
});

test('jobs that are under way have so many chunks, together and alone, also those that came over another gateway', async () => {
  const user = newUser();
  expect((await submit(user, 21)).status).toBe(413);
  await gateway.world.save(aJobView({ job_id: newJobId(), tenant: user['x-user'], status: 'running', total_chunks: 15 }));
  await eventually(async () =>
    expect(await submit(user, 6)).toMatchObject({
      status: 429,
      json: { detail: expect.stringMatching(/have 15 chunks, this one has 6, and 20 is the limit/) },
    }),
  );
  expect((await submit(user, 5)).status).toBe(202);
});

test('a user has so many bytes of inputs, and room again when one is deleted', async () => {
  const user = newUser();
  const upload = (bytes: number) =>
    gateway.call('/v1/inputs?form=bytes', { method: 'POST', headers: user, body: Buffer.alloc(bytes, 'x') });
  const first = await upload(600);
  expect(first.status).toBe(201);
  const refused = await upload(401);
  expect(refused).toMatchObject({
    status: 413,
    json: { detail: expect.stringMatching(/more than 0.001 MB, which is the limit/) },
  });
  expect((await upload(400)).status).toBe(201);
  const { input_id } = first.json as { input_id: string };
  expect((await gateway.call(`/v1/inputs/${input_id}`, { method: 'DELETE', headers: user })).status).toBe(204);
  expect((await upload(401)).status).toBe(201);
});

// Seen: each of them was counted beside what was stored before all.
test('inputs that arrive at the same time have so many bytes together', async () => {
  const user = newUser();
  const upload = (bytes: number) =>
    gateway.call('/v1/inputs?form=bytes', { method: 'POST', headers: user, body: Buffer.alloc(bytes, 'x') });
  const answers = await Promise.all(Array.from({ length: 5 }, () => upload(600)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 413, 413, 413, 413]);
  expect((await upload(401)).status).toBe(413);
  expect((await upload(400)).status).toBe(201);
});

test('a user has so many schedules', async () => {
  const user = newUser();
  const schedule = () => gateway.post({ n: 10, cron: '@daily' }, { headers: user });
  expect((await schedule()).status).toBe(202);
  expect(await schedule()).toMatchObject({
    status: 429,
    json: { detail: expect.stringMatching(/^You have 1 schedules, and 1 /) },
  });
});

test('visitors have so many demo jobs under way, with accounts and without', async () => {
  const demo = ({ call }: GatewayFixture) =>
    call('/v1/jobs/demo', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"n":10}' });
  for (let count = 0; count < limits.demoJobsMax; count += 1)
    await gateway.world.save(aJobView({ job_id: newJobId(), tenant: DEMO_TENANT, status: 'running' }));
  for (const one of [gateway, open]) await eventually(async () => expect((await demo(one)).status).toBe(429));
});

test('without accounts there are no quotas', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => open.post({ n: 1_000, chunks: 30 })));
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
});
