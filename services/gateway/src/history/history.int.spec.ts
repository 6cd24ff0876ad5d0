import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  coreSubjects,
  decode,
  encode,
  newJobId,
  QueryHistory,
  QueryKeptJob,
  QueryStatistics,
  QueryTrends,
  type JobTiming,
} from '@manyhands/proto';
import { ApiProblem, createClient } from '@manyhands/sdk';
import { aJobFinished, aJobView, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
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
    tag: 'team=web',
    error: 'disk',
    longer_than: 0.5,
    shorter_than: 60,
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
      tag: 'team=web',
      error: 'disk',
      longer_than: 0.5,
      shorter_than: 60,
      limit: 7,
      before: cursor,
    },
    { v: 1, type: 'QueryHistory', tenant: 'local', limit: 20 },
  ]);
});

test('statistics add the jobs that have not ended, and a job that runs again counts once', async () => {
  const again = newJobId();
  await gateway.world.save(aJobView({ job_id: again, status: 'running', round: 1 }));
  await gateway.world.save(aJobView({ job_id: newJobId(), status: 'paused' }));
  await gateway.world.save(aJobView({ job_id: newJobId(), status: 'completed' }));
  await gateway.world.save(aJobView({ job_id: newJobId(), tenant: 'other', status: 'running' }));
  const { connection } = gateway.world.broker;
  const questions: QueryStatistics[] = [];
  const ended = { completed: 5, failed: 2, cancelled: 1, average_duration_sec: 1.5 };
  const subscription = connection.subscribe(coreSubjects.queryStatistics, {
    callback(_error, message) {
      questions.push(decode(QueryStatistics, message.data));
      message.respond(encode({ v: 1, type: 'FinishedStatistics', ...ended }));
    },
  });
  await connection.flush();
  stop = () => subscription.unsubscribe();
  expect(await createClient({ baseUrl: gateway.origin }).statistics()).toEqual({ total: 10, running: 2, ...ended, kinds: [] });
  expect(questions).toEqual([{ v: 1, type: 'QueryStatistics', tenant: 'local', without: [again] }]);
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
  ['tag=web', 422, /a name and a value, like team=web/],
  ['error=', 422, /error/],
  [`error=${'x'.repeat(101)}`, 422, /error/],
  ['longer_than=long', 422, /longer_than/],
  ['shorter_than=-1', 422, /shorter_than/],
  ['longer_than=1000000001', 400, /longer_than must be between 0 and/],
  ['status=over', 422, /must be one of/],
  ["kind=' OR 1=1 --", 422, /kind/],
  ['tenant=other.one', 422, /letters, digits/],
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
  expect((await gateway.call('/v1/me/statistics')).status).toBe(503);
  await answerWith(() => ({ v: 2, type: 'HistoryPage' }));
  expect(await refusal()).toMatchObject({ status: 503, detail: expect.stringContaining('of another release') });
});

test('CSV has a row for each job that fits, over all pages, and what a spreadsheet would run is text', async () => {
  const jobs = [
    aJobFinished({ job_id: newJobId(), tags: { team: 'web' }, detail: '=HYPERLINK("x")' }).job,
    aJobFinished({
      job_id: newJobId(),
      status: 'failed',
      duration_sec: null,
      error: { code: 'compute_failed', message: 'a "b",\nc', retryable: true },
    }).job,
  ];
  // A page may be empty and lead on.
  const pages = [page([jobs[0]!], jobs[0]!.job_id), page([], jobs[1]!.job_id), page([jobs[1]!])];
  await answerWith(() => pages.shift()!);
  const client = createClient({ baseUrl: gateway.origin });
  const text = await new Response(await client.historyCsv({ tag: 'team=web' })).text();
  const rows = text.split('\r\n');
  expect(rows[0]).toMatch(/^job_id,tenant,kind,status,priority,created_at,.*,tags,params$/);
  expect(rows[1]).toContain(`,"'=HYPERLINK(""x"")",team=web,`);
  expect(rows[2]).toContain(',compute_failed,"a ""b"",\nc",');
  expect(rows[3]).toBe('');
  expect(asked.map(({ tag, limit, before, tenant }) => [tag, limit, before, tenant])).toEqual([
    ['team=web', 200, undefined, 'local'],
    ['team=web', 200, jobs[0]!.job_id, 'local'],
    ['team=web', 200, jobs[1]!.job_id, 'local'],
  ]);
});

test('CSV that cannot be read to its end is no whole file, and one that cannot be begun is refused', async () => {
  const { job } = aJobFinished({ job_id: newJobId() });
  const long = Array.from({ length: 30 }, () => ({ ...job, job_id: newJobId(), detail: 'x'.repeat(20_000) }));
  const pages: (object | string)[] = [page(long, job.job_id), { v: 2, type: 'HistoryPage' }];
  await answerWith(() => pages.shift()!);
  await expect(fetch(`${gateway.origin}/v1/history/csv`).then((answer) => answer.text())).rejects.toThrow();
  stop();
  expect((await gateway.call('/v1/history/csv')).status).toBe(503);
});

test('what is kept of a job, its profile too, is asked for with the tenant; one that is not there is 404', async () => {
  const { job } = aJobFinished({ job_id: newJobId() });
  const timing: JobTiming = {
    ...{ ms: 4_000, parts: { computing: 4_000 }, at: job.created_at, doing: 'leasing', slots: 1, leases: 1 },
    ...{ busy: { computing: 4_000, merging: 0, pacing: 0 }, chunk_times: [], slowest: [], width_ms: 100, rows: [] },
  };
  const more = { timing, rounds: [], failures: [], lines: [], failure_count: 0, line_count: 3 };
  const questions: object[] = [];
  const { connection } = gateway.world.broker;
  const subscription = connection.subscribe(coreSubjects.queryKept, {
    callback(_error, message) {
      const question = decode(QueryKeptJob, message.data);
      questions.push(question);
      message.respond(encode({ v: 1, type: 'KeptJob', job: question.job_id === job.job_id ? job : null, ...more }));
    },
  });
  await connection.flush();
  stop = () => subscription.unsubscribe();
  expect(await createClient({ baseUrl: gateway.origin }).kept(job.job_id)).toEqual({ job, ...more });
  const profile = await createClient({ baseUrl: gateway.origin }).profile(job.job_id);
  expect(profile).toMatchObject({ job_id: job.job_id, measured_sec: 4, parts: [{ part: 'computing', sec: 4 }] });
  expect((await gateway.call(`/v1/jobs/${newJobId()}/profile`)).status).toBe(404);
  questions.length = 1;
  expect((await gateway.call(`/v1/jobs/${newJobId()}/history`)).status).toBe(404);
  expect((await gateway.call('/v1/jobs/nonsense/history')).status).toBe(404);
  expect(questions[0]).toEqual({ v: 1, type: 'QueryKeptJob', tenant: 'local', job_id: job.job_id });
  expect(questions).toHaveLength(2);
});

test('trends are asked for with every filter, the tenant and a period, and one that is too long is refused', async () => {
  const ended = { completed: 3, failed: 1, cancelled: 0, failure_share: 0.25, chunks: 320 };
  const day = { day: '2026-11-28', ...ended, kinds: [] };
  const questions: QueryTrends[] = [];
  const { connection } = gateway.world.broker;
  const subscription = connection.subscribe(coreSubjects.queryTrends, {
    callback(_error, message) {
      questions.push(decode(QueryTrends, message.data));
      message.respond(encode({ v: 1, type: 'JobTrends', days: [day], kinds: [], more_kinds: false, counted_from: null }));
    },
  });
  await connection.flush();
  stop = () => subscription.unsubscribe();
  const client = createClient({ baseUrl: gateway.origin });
  const period = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
  const words = { status: 'failed', kind: 'primes', tag: 'team=web', error: 'disk' } as const;
  const filter = { ...words, longer_than: 0.5, shorter_than: 60 };
  const answer = await client.trends({ ...filter, ...period });
  expect(answer).toEqual({ by: 'day', ...period, days: [day], kinds: [], more_kinds: false, counted_from: null });
  expect(questions).toEqual([{ v: 1, type: 'QueryTrends', tenant: 'local', ...filter, ...period }]);
  const ofNow = await client.trends();
  expect(Date.now() - Date.parse(ofNow.to)).toBeLessThan(10_000);
  expect(questions[1]).toEqual({ v: 1, type: 'QueryTrends', tenant: 'local', from: ofNow.from, to: ofNow.to });
  for (const [query, status, sentence] of [
    ['from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z', 400, /at most 90 days of UTC/],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 400, /before/],
    ['by=week', 422, /must be one of day/],
    ['from=yesterday', 422, /a time in UTC/],
    ['limit=5', 422, /limit/],
  ] as const) {
    const refusal = await gateway.call(`/v1/history/trends?${query}`);
    expect([refusal.status, refusal.text], query).toEqual([status, expect.stringMatching(sentence)]);
  }
  expect(questions).toHaveLength(2);
});
