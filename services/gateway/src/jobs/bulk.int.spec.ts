/** Many jobs at once, through a gateway with a real nats-server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { coreSubjects, decode, DeleteJob, encode, limits, mailboxSubjects, newJobId, type JobView } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { jobKey, startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  // A budget of almost nothing: what is searched is known although the views are forgotten.
  gateway = await startFixture(nats.url, { viewBytesMax: 2_000 });
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

async function save(views: Partial<JobView>[]): Promise<string[]> {
  const jobs = views.map((view) => aJobView({ job_id: newJobId(), status: 'running', ...view }));
  for (const job of jobs) await gateway.world.save(job);
  return jobs.map(({ job_id }) => job_id);
}

const call = async (path: string, method = 'GET', body?: object) => {
  const { status, json } = await gateway.call(path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status, json: json as Record<string, unknown> };
};
const bulk = (body: object) => call('/v1/jobs/bulk', 'POST', body);

test('a word finds jobs by what they were asked with, their tags and their errors; words are all of them', async () => {
  const [first, second] = await save([
    { params: { n: 4_711, note: 'Lisbon' }, tags: { team: 'web' } },
    {
      params: { n: 4_712, note: 'Lisbon' },
      status: 'failed',
      error: { code: 'compute_failed', message: 'answered 503', retryable: true },
    },
  ]);
  const found = async (text: string, more = '') => {
    const { json } = await call(`/v1/jobs?text=${encodeURIComponent(text)}${more}`);
    return (json as { jobs: { job_id: string }[] }).jobs.map(({ job_id }) => job_id);
  };
  expect(await found('LISBON')).toEqual([second, first]);
  expect(await found('lisbon team=web')).toEqual([first]);
  expect(await found('4,712')).toEqual([second]);
  expect(await found('503 compute_failed', '&status=failed')).toEqual([second]);
  expect(await found(first!.slice(-12))).toEqual([first]);
  expect(await found('lisbon', '&status=completed')).toEqual([]);
  const long = 'x'.repeat(limits.searchCharsMax);
  expect(await found(long)).toEqual([]);
  expect(await call(`/v1/jobs?text=${long}x`)).toMatchObject({ status: 422, json: { detail: [{ loc: ['query', 'text'] }] } });
});

test('all that fit are counted, then asked page by page; others, newer ones and those it cannot be asked of are left alone', async () => {
  const mark = { tags: { batch: 'a' } };
  const asked = await save([mark, mark, mark]);
  await save([{ ...mark, status: 'completed' }, { tags: { batch: 'b' } }]);
  const search = { tag: 'batch=a' };
  const counted = await call('/v1/jobs/count?tag=batch%3Da');
  expect(counted).toMatchObject({ status: 200, json: { count: 4, complete: true } });
  expect((await call('/v1/jobs/count?tag=batch%3Da&action=cancel')).json).toEqual({ count: 3, newest: asked[2], complete: true });
  const [later] = await save([mark]);

  const from = { ...search, action: 'cancel', up_to: counted.json['newest'], limit: 2 };
  const first = await bulk(from);
  expect(first).toEqual({ status: 200, json: { done: 2, failures: [], next_cursor: asked[1] } });
  expect((await bulk({ ...from, cursor: asked[1] })).json).toEqual({ done: 1, failures: [], next_cursor: null });
  const cancelled = (await gateway.world.mailbox()).map(({ subject }) => subject);
  expect([...asked, later!].map((id) => cancelled.includes(mailboxSubjects.cancel(id, 0)))).toEqual([true, true, true, false]);
});

test('a job that refuses is a failure of its own, with the sentence it refused with', async () => {
  const mark = { tags: { batch: 'c' } };
  const [going, leaving] = await save([mark, mark]);
  await gateway.call(`/v1/jobs/${leaving}`, { method: 'DELETE' });
  expect((await bulk({ action: 'pause', text: 'batch=c' })).json).toEqual({
    done: 1,
    failures: [{ job_id: leaving, detail: 'The job is being cancelled, so it cannot be paused.' }],
    next_cursor: null,
  });
  const commands = (await gateway.world.mailbox()).map(({ subject }) => subject);
  expect([going!, leaving!].map((id) => commands.includes(mailboxSubjects.pause(id)))).toEqual([true, false]);
});

test('jobs that are over are deleted by a coordinator, and are in no list when that is answered; without one, 503 says so', async () => {
  const mark = { tags: { batch: 'd' } };
  const [running, over, requeued] = await save([mark, { ...mark, status: 'completed' }, { ...mark, status: 'failed' }]);
  const away = await call(`/v1/jobs/${over}/delete`, 'POST');
  expect(away).toMatchObject({ status: 503, json: { detail: expect.stringContaining('no coordinator answers') } });
  const bucket = await gateway.world.bucket('jobs');
  const { broker } = gateway.world;
  const coordinator = broker.connection.subscribe(coreSubjects.deleteJob, {
    callback: (_error, message) => {
      const { job_id: id } = decode(DeleteJob, message.data);
      const outcome = id === requeued ? 'not over' : 'deleted';
      const answer = () => void message.respond(encode({ v: 1, type: 'JobDeletion', outcome }));
      if (outcome === 'deleted') void bucket.remove(jobKey(id)).then(answer);
      else answer();
    },
  });
  expect(await call(`/v1/jobs/${running}/delete`, 'POST')).toMatchObject({
    status: 409,
    json: { detail: 'The job is running, so it cannot be deleted. Cancel it first.' },
  });
  expect((await call('/v1/jobs/count?tag=batch%3Dd&action=delete')).json).toMatchObject({ count: 2 });
  expect((await bulk({ action: 'delete', tag: 'batch=d' })).json).toEqual({
    done: 1,
    failures: [{ job_id: requeued, detail: 'The job was requeued a moment ago, so it cannot be deleted. Cancel it first.' }],
    next_cursor: null,
  });
  const listed = (await call('/v1/jobs?tag=batch%3Dd')).json as { jobs: { job_id: string }[] };
  expect(listed.jobs.map(({ job_id }) => job_id)).toEqual([requeued, running]);
  expect((await call(`/v1/jobs/${over}/delete`, 'POST')).status).toBe(404);
  coordinator.unsubscribe();
});

test.each([
  [{}, 422, [{ loc: ['body', 'action'], msg: 'is missing', type: 'missing' }]],
  [
    { action: 'restart' },
    422,
    [{ loc: ['body', 'action'], msg: 'must be one of cancel, pause, resume, requeue, delete', type: 'enum' }],
  ],
  [{ action: 'pause', limit: 101 }, 400, 'limit must be between 1 and 100.'],
  [
    { action: 'pause', stauts: 'failed' },
    422,
    [{ loc: ['body', 'stauts'], msg: expect.stringContaining('did you mean "status"?') }],
  ],
])('%j is refused', async (body, status, detail) => {
  expect(await bulk(body)).toMatchObject({ status, json: { detail } });
});
