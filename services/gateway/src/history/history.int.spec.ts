import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { coreSubjects, decode, encode, newJobId, QueryHistory } from '@manyhands/proto';
import { ApiProblem, createClient } from '@manyhands/sdk';
import { aJobFinished, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, type GatewayFixture } from '../gateway.fixture.ts';

let nats: NatsServer;
let gateway: GatewayFixture;
let asked: QueryHistory[];
let stop: () => void = () => undefined;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});
afterEach(() => stop());
afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

/** Answers as metrics does. */
async function answerWith(answer: (query: QueryHistory) => object | string): Promise<void> {
  asked = [];
  const { connection } = gateway.world.broker;
  const subscription = connection.subscribe(coreSubjects.queryHistory, {
    callback(_error, message) {
      const query = decode(QueryHistory, message.data);
      asked.push(query);
      message.respond(encode(answer(query)));
    },
  });
  await connection.flush();
  stop = () => subscription.unsubscribe();
}

const page = (jobs: object[] = [], next: string | null = null) => ({ v: 1, type: 'HistoryPage', jobs, next_cursor: next });

test('finished jobs come from the metrics service, page by page, and the client reads them all', async () => {
  const jobs = Array.from({ length: 3 }, () => aJobFinished({ job_id: newJobId() }).job).reverse();
  await answerWith(({ before, limit }) => {
    const from = before === undefined ? 0 : jobs.findIndex(({ job_id: id }) => id === before) + 1;
    const part = jobs.slice(from, from + limit);
    return page(part, from + limit < jobs.length ? part.at(-1)!.job_id : null);
  });
  expect(await gateway.call('/v1/history?limit=2')).toMatchObject({
    status: 200,
    json: { jobs: jobs.slice(0, 2), next_cursor: jobs[1]!.job_id },
  });
  const client = createClient({ baseUrl: gateway.origin });
  const read: string[] = [];
  for await (const job of client.eachFinished({ limit: 2 })) read.push(job.job_id);
  expect(read).toEqual(jobs.map(({ job_id: id }) => id));
});

test('each filter is passed on, with the tenant, and nothing else', async () => {
  await answerWith(() => page());
  const cursor = newJobId();
  await createClient({ baseUrl: gateway.origin }).history({
    status: 'failed',
    kind: 'primes',
    from: '2026-11-01T00:00:00Z',
    to: '2026-12-01T00:00:00Z',
    limit: 7,
    cursor,
  });
  await gateway.call('/v1/history');
  expect(asked).toEqual([
    {
      v: 1,
      type: 'QueryHistory',
      tenant: 'local',
      status: 'failed',
      kind: 'primes',
      from: '2026-11-01T00:00:00Z',
      to: '2026-12-01T00:00:00Z',
      limit: 7,
      before: cursor,
    },
    { v: 1, type: 'QueryHistory', tenant: 'local', limit: 20 },
  ]);
});

test.each([
  ["cursor=' OR 1=1 --", 422, /cursor/],
  ['cursor=1', 422, /cursor/],
  ['limit=0', 400, /limit must be between 1 and 200/],
  ['limit=201', 400, /limit must be between 1 and 200/],
  ['limit=many', 422, /limit/],
  ['from=yesterday', 422, /a time in UTC/],
  ['to=2026-13-01T00:00:00Z', 422, /a time in UTC/],
  ['from=2026-01-01T00:00:00Z&from=2026-01-02T00:00:00Z', 422, /once/],
  ['status=over', 422, /must be one of/],
  ["kind=' OR 1=1 --", 422, /kind/],
  ['tenant=other', 422, /unknown parameter/],
])('?%s is refused, and nobody is asked', async (query, status, words) => {
  await answerWith(() => page());
  const answer = await gateway.call(`/v1/history?${query.replaceAll(' ', '%20')}`);
  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(words);
  expect(asked).toEqual([]);
});

test('without a metrics service it is 503 and a sentence, also where one answers what cannot be read', async () => {
  const client = createClient({ baseUrl: gateway.origin });
  const refusal = async (): Promise<ApiProblem> =>
    client.history().then(
      () => expect.fail('it was answered'),
      (error: unknown) => error as ApiProblem,
    );
  expect(await refusal()).toMatchObject({ status: 503, detail: expect.stringContaining('the metrics service does not answer') });
  await answerWith(() => ({ v: 2, type: 'HistoryPage' }));
  expect(await refusal()).toMatchObject({ status: 503, detail: expect.stringContaining('of another release') });
});
