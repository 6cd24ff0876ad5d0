import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode, CancelJob, LOCAL_TENANT, mailboxSubjects, newJobId, type JobView } from '@manyhands/proto';
import { aJobView, aKindRegistration, aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { eventually, jobKey, startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  // A budget of almost nothing, so that lists must read forgotten views again.
  gateway = await startFixture(nats.url, { viewBytesMax: 2_000 });
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

describe('GET /v1/jobs/:id', () => {
  test('answers with the very bytes of the bucket', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    const bytes = new TextEncoder().encode(JSON.stringify(view, undefined, 1));
    await (await gateway.world.bucket('jobs')).put(jobKey(view.job_id), bytes);
    const answer = await gateway.call(`/v1/jobs/${view.job_id}`);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(new TextDecoder().decode(bytes));
  });

  test('shows a job as pending that is stored but that no coordinator has picked up', async () => {
    const submitted = await gateway.post({ n: 100 });
    const { job_id: jobId } = submitted.json as { job_id: string };
    const answer = await gateway.call(`/v1/jobs/${jobId}`);
    expect(answer).toMatchObject({ status: 200, json: { job_id: jobId, status: 'pending', total_chunks: 8, detail: 'Waiting for a coordinator.' } });
  });

  test.each([['unknown', newJobId()], ['no id at all', 'x'], ['another id that widens keys', '*'], ['a version 4 id', '7f2c1f3e-8a0b-4c1d-9e2f-001122334455']])('is 404 for %s', async (_what, id) => {
    expect(await gateway.call(`/v1/jobs/${id}`)).toMatchObject({ status: 404, json: { detail: 'Job not found.' } });
  });

  test("is 404 for somebody else's job, stored or just submitted", async () => {
    const theirs = aJobView({ job_id: newJobId(), tenant: 'other' });
    await gateway.world.save(theirs);
    const pending = aSubmitJob({ tenant: 'other' });
    await gateway.world.outbox.publishAll([{ subject: mailboxSubjects.submit(pending.job_id), data: encode(pending) }]);
    for (const id of [theirs.job_id, pending.job_id]) {
      for (const init of [{}, { method: 'DELETE' }]) expect(await gateway.call(`/v1/jobs/${id}`, init)).toMatchObject({ status: 404, json: { detail: 'Job not found.' } });
      expect((await gateway.call(`/v1/jobs/${id}/events`)).status).toBe(404);
    }
    expect((await gateway.call('/v1/jobs?limit=200')).text).not.toContain(theirs.job_id);
  });
});

describe('DELETE /v1/jobs/:id', () => {
  test('stores one cancel however often it is repeated', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    for (let times = 0; times < 3; times += 1) expect((await gateway.call(`/v1/jobs/${view.job_id}`, { method: 'DELETE' })).status).toBe(204);
    const cancels = (await gateway.world.mailbox()).filter(({ subject }) => subject === mailboxSubjects.cancel(view.job_id));
    expect(cancels.map(({ data }) => decode(CancelJob, data))).toMatchObject([{ job_id: view.job_id, tenant: LOCAL_TENANT }]);
  });

  test('of a job nobody has picked up yet stores the cancel behind it', async () => {
    const { job_id: jobId } = (await gateway.post({ n: 100 })).json as { job_id: string };
    expect((await gateway.call(`/v1/jobs/${jobId}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.world.mailbox()).map(({ subject }) => subject)).toContain(mailboxSubjects.cancel(jobId));
  });

  test('of a finished job is 204 and stores nothing', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'completed' });
    await gateway.world.save(view);
    const before = (await gateway.world.mailbox()).length;
    expect((await gateway.call(`/v1/jobs/${view.job_id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await gateway.world.mailbox()).toHaveLength(before);
  });

  test('of an unknown job is 404', async () => {
    expect(await gateway.call(`/v1/jobs/${newJobId()}`, { method: 'DELETE' })).toMatchObject({ status: 404, json: { detail: 'Job not found.' } });
  });
});

describe('GET /v1/jobs', () => {
  interface List {
    jobs: JobView[];
    next_cursor: string | null;
  }

  async function list(query: string): Promise<List> {
    return (await gateway.call(`/v1/jobs?${query}`)).json as List;
  }

  test('pages through all jobs of a kind, newest first, each exactly once, also those it forgot', async () => {
    const saved: string[] = [];
    for (let count = 0; count < 25; count += 1) {
      const view = aJobView({ job_id: newJobId(), kind: 'paged', status: count % 5 === 0 ? 'failed' : 'completed' });
      await gateway.world.save(view);
      saved.unshift(view.job_id);
    }
    await eventually(async () => expect((await list('kind=paged&limit=200')).jobs).toHaveLength(25));
    const seen: string[] = [];
    let page = await list('kind=paged&limit=10');
    for (;;) {
      expect(page.jobs.length).toBeLessThanOrEqual(10);
      seen.push(...page.jobs.map(({ job_id: jobId }) => jobId));
      if (page.next_cursor === null) break;
      page = await list(`kind=paged&limit=10&cursor=${page.next_cursor}`);
    }
    expect(seen).toEqual(saved);
    expect((await list('kind=paged&status=failed')).jobs).toHaveLength(5);
    expect((await list('kind=paged&status=running')).jobs).toEqual([]);
  });

  test('knows a job it has just taken, before any coordinator does', async () => {
    const { job_id: jobId } = (await gateway.post({ n: 100 })).json as { job_id: string };
    expect((await list('limit=1')).jobs).toMatchObject([{ job_id: jobId, status: 'pending' }]);
  });

  test.each([
    ['limit=0', 400, 'limit must be between 1 and 200.'],
    ['limit=201', 400, 'limit must be between 1 and 200.'],
    ['limit=ten', 422, [{ loc: ['query', 'limit'], msg: 'must be a whole number', type: 'int_type' }]],
    ['status=done', 422, [{ loc: ['query', 'status'], msg: 'must be one of pending, running, completed, failed, cancelled', type: 'enum' }]],
    ['status=failed&status=running', 422, [{ loc: ['query', 'status'], msg: 'must be given once', type: 'string_type' }]],
    ['cursor=abc', 400, expect.stringMatching(/^cursor must be the next_cursor/)],
  ])('refuses %s', async (query, status, detail) => {
    expect(await gateway.call(`/v1/jobs?${query}`)).toMatchObject({ status, json: { detail } });
  });
});
