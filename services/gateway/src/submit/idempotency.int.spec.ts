import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { encode, keys, LOCAL_TENANT, mailboxSubjects, ManyhandsError, newJobId } from '@manyhands/proto';
import { aJobView, aKindRegistration, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { readStored } from '@manyhands/broker';
import { jobKey, startFixture, startGateway, type GatewayFixture } from '../gateway.fixture.ts';
import { badRequest, Problem, unavailable } from '../edge/problem.ts';
import { JobWait } from './job-wait.ts';
import { JobSubmission } from './submit-job.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await gateway.world.register(aKindRegistration());
  await eventually(async () => expect((await gateway.post({ n: 10 })).status).toBe(202));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

let count = 0;
const newKey = (): Record<string, string> => ({ 'idempotency-key': `key ${(count += 1)}` });
const submits = async (): Promise<number> => (await readStored(gateway.world.broker, 'mailbox', 'job.*.*.submit')).length;
interface Accepted {
  job_id: string;
  cached: boolean;
}

describe('Idempotency-Key', () => {
  test('the same key and body is the first answer again and no second job, however the body is written', async () => {
    const headers = newKey();
    const before = await submits();
    const first = (await gateway.post({ kind: 'sum', params: { n: 10 }, chunks: 4 }, { headers })).json as Accepted;
    expect(first.cached).toBe(false);
    for (const body of [
      { kind: 'sum', params: { n: 10 }, chunks: 4 },
      { kind: 'sum', params: { n: 10 }, chunks: 4, priority: null, n: null },
      ' { "chunks": 4, "params": {"n":10}, "kind":"sum" }',
    ]) {
      const again = await gateway.post(body, { headers });
      expect(again).toMatchObject({ status: 202, json: { job_id: first.job_id, status: 'pending', cached: true } });
      expect(again.headers.get('location')).toBe(`/v1/jobs/${first.job_id}`);
    }
    expect(await submits()).toBe(before + 1);
  });

  test('the same key with another body is 422, and with another key it is another job', async () => {
    const headers = newKey();
    const first = (await gateway.post({ n: 10 }, { headers })).json as Accepted;
    expect(await gateway.post({ n: 11 }, { headers })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['header', 'idempotency-key'], type: 'value_error', msg: expect.stringMatching(/another body/) }] },
    });
    expect((await gateway.post({ n: 10 }, { headers: newKey() })).json).not.toMatchObject({ job_id: first.job_id });
  });

  test('twenty equal requests at once, over two gateways, make one job', async () => {
    const other = await startGateway(nats.url);
    stops.push(() => other.app.close());
    await eventually(async () =>
      expect((await fetch(`${other.origin}/v1/kinds`).then((answer) => answer.json())) as object).toMatchObject({
        kinds: [{ kind: 'sum' }],
      }),
    );
    const headers = newKey();
    const before = await submits();
    const send = (origin: string): Promise<Accepted> =>
      fetch(`${origin}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"n":10}',
      }).then((answer) => answer.json() as Promise<Accepted>);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(index % 2 === 0 ? gateway.origin : other.origin)),
    );
    expect(new Set(answers.map(({ job_id: jobId }) => jobId)).size).toBe(1);
    expect(answers.filter(({ cached }) => !cached)).toHaveLength(1);
    expect(await submits()).toBe(before + 1);
  });

  test('a gateway that died after it claimed the key leaves a job that the repeat stores', async () => {
    const headers = newKey();
    const { job_id: first } = (await gateway.post({ n: 10 }, { headers })).json as Accepted;
    const bucket = await gateway.world.bucket('idempotency');
    const noted = await eventually(async () => {
      const [entry] = (await bucket.entries()).filter(({ value }) => new TextDecoder().decode(value).includes(first));
      expect(new TextDecoder().decode(entry!.value)).toContain('"stored":true');
      return entry!;
    });
    // As a gateway leaves it that dies before it stores: another job, in no mailbox.
    const jobId = newJobId();
    await bucket.put(
      noted.key,
      Buffer.from(new TextDecoder().decode(noted.value).replaceAll(first, jobId).replace('"stored":true', '"stored":false')),
    );
    expect((await gateway.post({ n: 10 }, { headers })).json).toEqual({ job_id: jobId, status: 'pending', cached: true });
    expect(await readStored(gateway.world.broker, 'mailbox', mailboxSubjects.submit(jobId))).toHaveLength(1);
  });

  // Seen: 202 and "pending" for a job that GET answered with 404.
  test('a job that was stored and has left is not made again, and the answer says so', async () => {
    const headers = newKey();
    const { job_id: jobId } = (await gateway.post({ n: 10 }, { headers })).json as Accepted;
    const bucket = await gateway.world.bucket('idempotency');
    await eventually(async () =>
      expect(
        (await bucket.entries()).some(
          ({ value }) =>
            new TextDecoder().decode(value).includes(jobId) && new TextDecoder().decode(value).includes('"stored":true'),
        ),
      ).toBe(true),
    );
    await gateway.world.broker.manager.streams.purge('MAILBOX', { filter: mailboxSubjects.ofJob(jobId) });
    expect(await gateway.post({ n: 10 }, { headers })).toMatchObject({
      status: 410,
      json: { detail: expect.stringMatching(new RegExp(`made the job ${jobId}, which is not kept any more`)) },
    });
    expect((await gateway.call(`/v1/jobs/${jobId}`)).status).toBe(404);
    expect(await readStored(gateway.world.broker, 'mailbox', mailboxSubjects.submit(jobId))).toEqual([]);
  });

  test('a refused body does not hold its key', async () => {
    const headers = newKey();
    expect((await gateway.post({ n: 0 }, { headers })).status).toBe(400);
    expect((await gateway.post({ n: 10 }, { headers })).json).toMatchObject({ cached: false });
  });

  describe('of an order that is refused for good is free again', () => {
    const record = async (headers: Record<string, string>) =>
      (await gateway.world.bucket('idempotency')).get(
        keys.idempotency(LOCAL_TENANT, createHash('sha256').update(headers['idempotency-key']!).digest('hex')),
      );
    const refused = (error: unknown) => vi.spyOn(gateway.app.get(JobSubmission), 'store').mockRejectedValueOnce(error);

    // Seen: 422 "used with another body" for a day, though nothing had been stored.
    test.each([
      ['by the server', new ManyhandsError('bad_request', 'NATS cannot run this'), 400],
      ['because it is too large for it', new ManyhandsError('too_large', 'too large'), 413],
      ['by us', badRequest('no'), 400],
      ['at a limit of the caller', new Problem(429, 'too many', 60), 429],
    ])('%s', async (_by, error, status) => {
      const headers = newKey();
      refused(error);
      expect((await gateway.post({ n: 10 }, { headers })).status).toBe(status);
      expect(await record(headers)).toBeUndefined();
      expect(await gateway.post({ n: 11 }, { headers })).toMatchObject({ status: 202, json: { cached: false } });
    });

    test('also when an earlier request got no answer from NATS', async () => {
      const headers = newKey();
      refused(unavailable('away'));
      expect((await gateway.post({ n: 10 }, { headers })).status).toBe(503);
      expect(await record(headers)).toBeDefined();
      refused(new ManyhandsError('bad_request', 'NATS cannot run this'));
      expect((await gateway.post({ n: 10 }, { headers })).status).toBe(400);
      expect(await gateway.post({ n: 11 }, { headers })).toMatchObject({ status: 202, json: { cached: false } });
    });

    test('but not while it may be stored yet, nor when another request has stored it', async () => {
      const headers = newKey();
      refused(unavailable('away'));
      const first = gateway.post({ n: 10 }, { headers });
      expect((await first).status).toBe(503);
      expect(await gateway.post({ n: 11 }, { headers })).toMatchObject({ status: 422 });
      const { job_id: jobId } = (await gateway.post({ n: 10 }, { headers })).json as Accepted;
      await eventually(async () => expect(new TextDecoder().decode((await record(headers))!.value)).toContain('"stored":true'));
      refused(badRequest('late'));
      expect((await gateway.post({ n: 10 }, { headers })).json).toMatchObject({ job_id: jobId, cached: true });
      vi.restoreAllMocks();
    });
  });

  test('a repeat long after the end makes no second job, though the mailbox is empty and the key says nothing of what was stored', async () => {
    const headers = newKey();
    const { job_id: jobId } = (await gateway.post({ n: 10 }, { headers })).json as Accepted;
    const bucket = await gateway.world.bucket('idempotency');
    const hash = createHash('sha256').update(headers['idempotency-key']!).digest('hex');
    const key = keys.idempotency(LOCAL_TENANT, hash);
    await eventually(async () =>
      expect(JSON.parse(new TextDecoder().decode((await bucket.get(key))!.value))).toMatchObject({ stored: true }),
    );
    const record = JSON.parse(new TextDecoder().decode((await bucket.get(key))!.value)) as object;
    await bucket.put(key, encode({ ...record, stored: false }));
    await gateway.world.save(aJobView({ job_id: jobId, tenant: LOCAL_TENANT, status: 'completed', result: 55 }));
    await gateway.world.broker.manager.streams.purge('MAILBOX');
    expect(await gateway.post({ n: 10 }, { headers })).toMatchObject({ status: 202, json: { job_id: jobId, cached: true } });
    expect(await submits()).toBe(0);
  });

  test('a schedule is repeatable too', async () => {
    const headers = newKey();
    const body = { n: 10, cron: '@daily' };
    const first = (await gateway.post(body, { headers })).json as { schedule_id: string };
    expect((await gateway.post(body, { headers })).json).toEqual({ ...first, cached: true });
    expect((await gateway.call(`/v1/schedules/${first.schedule_id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await gateway.post(body, { headers })).toMatchObject({
      status: 410,
      json: { detail: expect.stringContaining(first.schedule_id) },
    });
  });

  test.each(['', ' ', 'x'.repeat(256), 'a\tb'])('%j is no key', async (key) => {
    const answer = await gateway.post({ n: 10 }, { headers: { 'idempotency-key': key } });
    expect(answer).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['header', 'idempotency-key'], msg: expect.stringMatching(/^must be 1 to 255 printable/) }] },
    });
  });

  test('a key that another release has used is refused with a sentence, and stores nothing', async () => {
    const headers = newKey();
    const hash = createHash('sha256').update(headers['idempotency-key']!).digest('hex');
    await (
      await gateway.world.bucket('idempotency')
    ).put(keys.idempotency(LOCAL_TENANT, hash), encode({ v: 9, type: 'IdempotencyRecord' }));
    const before = await submits();
    expect(await gateway.post({ n: 10 }, { headers })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['header', 'idempotency-key'], msg: expect.stringMatching(/another release/) }] },
    });
    expect(await submits()).toBe(before);
    expect((await gateway.post({ n: 10 }, { headers: newKey() })).status).toBe(202);
  });

  test('a full bucket is 503 with Retry-After, and no job', async () => {
    const { manager } = gateway.world.broker;
    const { config } = await manager.streams.info('KV_idempotency');
    const before = await submits();
    await manager.streams.update('KV_idempotency', { max_bytes: 1 });
    try {
      const answer = await gateway.post({ n: 10 }, { headers: newKey() });
      expect(answer).toMatchObject({ status: 503, json: { detail: expect.stringMatching(/idempotency is full/) } });
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect(await submits()).toBe(before);
    } finally {
      await manager.streams.update('KV_idempotency', { max_bytes: config.max_bytes });
    }
  });
});

describe('?wait=', () => {
  test('answers with the finished job when it ends in time', async () => {
    const answering = gateway.post({ n: 10 }, { query: '?wait=20s' });
    await eventually(() => expect(gateway.app.get(JobWait).count).toBe(1));
    const [latest] = ((await gateway.call('/v1/jobs?limit=1')).json as { jobs: { job_id: string }[] }).jobs;
    const view = aJobView({ job_id: latest!.job_id, status: 'completed', result: 55 });
    await gateway.world.save({ ...view, status: 'running' });
    await gateway.world.save(view);
    const answer = await answering;
    expect(answer).toMatchObject({ status: 200, json: { job_id: latest!.job_id, status: 'completed', result: 55 } });
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${latest!.job_id}`);
    expect(gateway.app.get(JobWait).count).toBe(0);
  });

  test('answers 202 when it does not', async () => {
    expect(await gateway.post({ n: 10 }, { query: '?wait=50ms' })).toMatchObject({
      status: 202,
      json: { status: 'pending', cached: false },
    });
  });

  test('a repeat gets the job that has finished meanwhile at once', async () => {
    const headers = newKey();
    const { job_id: jobId } = (await gateway.post({ n: 10 }, { headers })).json as Accepted;
    await (
      await gateway.world.bucket('jobs')
    ).put(jobKey(jobId), encode(aJobView({ job_id: jobId, tenant: LOCAL_TENANT, status: 'failed' })));
    await eventually(async () => expect((await gateway.post({ n: 10 }, { headers, query: '?wait=1s' })).status).toBe(200));
  });

  test('a client that leaves is waited for no longer', async () => {
    // Not `fetch`: it connects anew after an abort, and a connection that never asks holds up the end of the server.
    const asked = request(`${gateway.origin}/v1/jobs?wait=60s`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      agent: false,
    });
    asked.on('error', () => undefined).end('{"n":10}');
    await eventually(() => expect(gateway.app.get(JobWait).count).toBe(1));
    asked.destroy();
    await eventually(() => expect(gateway.app.get(JobWait).count).toBe(0));
  });

  test('a gateway that drains answers 202 at once', async () => {
    const other = await startGateway(nats.url);
    await eventually(async () =>
      expect((await fetch(`${other.origin}/v1/kinds`).then((answer) => answer.json())) as object).toMatchObject({
        kinds: [{ kind: 'sum' }],
      }),
    );
    const asked = fetch(`${other.origin}/v1/jobs?wait=60s`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"n":10}',
    });
    await eventually(() => expect(other.app.get(JobWait).count).toBe(1));
    await other.app.close();
    expect((await asked).status).toBe(202);
  });

  test('refuses what is no time', async () => {
    expect(await gateway.post({ n: 10 }, { query: '?wait=5m' })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['query', 'wait'], msg: 'must be a time like 5s or 500ms' }] },
    });
  });
});

// Seen: 422, as if the items were others.
test('the same items are the same body, whatever spaces are between them', async () => {
  await gateway.world.register(aKindRegistration({ kind: 'each', input: { form: 'items' } }));
  await eventually(async () => expect((await gateway.call('/v1/kinds')).text).toContain('"each"'));
  const headers = newKey();
  const bodyOf = (items: string): string => `{"kind":"each","params":{"n":1},"items":${items}}`;
  const first = await gateway.post(bodyOf('[{"a":"x  \\" y"},2]'), { headers });
  expect(first.status, first.text).toBe(202);
  const again = await gateway.post(bodyOf('[\n  {"a": "x  \\" y"},\n  2\n]'), { headers });
  expect(again.json).toEqual({ ...(first.json as Accepted), cached: true });
  for (const others of ['[{"a":"x \\" y"},2]', '[{"a":"x  \\" y"},3]'])
    expect((await gateway.post(bodyOf(others), { headers })).status).toBe(422);
});
