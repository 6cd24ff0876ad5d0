/** Dead letters by what went wrong, over all jobs, through a gateway with a real nats-server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  deadSubjects,
  encode,
  keys,
  limits,
  LOCAL_TENANT,
  mailboxSubjects,
  newJobId,
  type Answer,
  type DeadChunk,
  type JobView,
} from '@manyhands/proto';
import { aJobView, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { startFixture, startGateway, type GatewayFixture } from '../gateway.fixture.ts';
import { groupedLetters } from './failure-groups.ts';
import { newestLetters } from './newest-letters.ts';

let nats: NatsServer;
let gateway: GatewayFixture;

beforeAll(async () => {
  nats = await startNatsServer();
  gateway = await startFixture(nats.url);
  await eventually(async () => expect((await gateway.call('/v1/jobs')).status).toBe(200));
});

afterEach(async () => {
  await gateway.world.broker.manager.streams.purge('DEAD');
});

afterAll(async () => {
  await gateway?.stop();
  await nats?.stop();
});

type Groups = Answer<'FailureGroups'>;
type Group = Answer<'FailureGroupJobs'>;

function aLetter(jobId: string, chunk: number, message: string, given: Partial<DeadChunk> = {}): DeadChunk {
  return {
    v: 1,
    type: 'DeadChunk',
    job_id: jobId,
    tenant: LOCAL_TENANT,
    kind: 'scrape',
    begin: chunk,
    end: chunk + 1,
    round: 0,
    error: { code: 'compute_failed', message, retryable: true },
    runs: [],
    died_at: new Date().toISOString(),
    ...given,
  };
}

const store = (...letters: DeadChunk[]) =>
  gateway.world.outbox.publishAll(
    letters.map((letter) => ({
      subject: deadSubjects.chunk(letter.tenant, letter.job_id, letter.round, letter.begin),
      data: encode(letter),
    })),
  );

/** A job whose chunks 0 to 3 are dead; what it computed is kept. */
async function save(given: Partial<JobView> = {}): Promise<string> {
  const job = aJobView({
    job_id: newJobId(),
    kind: 'scrape',
    status: 'completed',
    on_dead_chunk: 'continue',
    total_chunks: 8,
    completed_chunks: 4,
    failed_chunks: 4,
    chunks: { done: [[4, 8]], leased: [], failed: [[0, 4]], coarse: false },
    ...given,
  });
  await gateway.world.save(job);
  await (await gateway.world.bucket('jobState')).put(keys.jobState(job.job_id), encode({ v: 1 }));
  return job.job_id;
}

const list = async (query = '') => (await gateway.call(`/v1/failures${query}`)).json as Groups;
const groupOf = async (fingerprint: string, query = '') =>
  (await gateway.call(`/v1/failures/${fingerprint}${query}`)).json as Group;
const act = async (fingerprint: string, action: 'requeue' | 'discard', body: object = {}) => {
  const { status, json } = await gateway.call(`/v1/failures/${fingerprint}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status, json: json as Answer<'BulkPage'> };
};
const requeues = async () =>
  (await gateway.world.mailbox())
    .map(({ data }) => JSON.parse(Buffer.from(data).toString()) as { type: string; job_id: string; chunks?: number[][] })
    .filter(({ type }) => type === 'RequeueJob');
/** The letters that are left, as their job and chunk. */
const letters = async () =>
  ((await gateway.call('/v1/dead-letters?limit=200')).json as Answer<'DeadLetterPage'>).dead_letters.map(
    ({ job_id: jobId, begin }) => `${jobId} ${begin}`,
  );

describe('GET /v1/failures', () => {
  test('groups the letters of all jobs by what they have in common, those with most letters first', async () => {
    const [one, other] = [newJobId(), newJobId()];
    await store(
      ...[0, 1, 2].map((chunk) => aLetter(one, chunk, `https://a.example/${chunk} answered 503`)),
      ...[0, 1].map((chunk) => aLetter(other, chunk, `https://b.example/${chunk} answered 503`, { kind: 'http' })),
      aLetter(other, 9, 'the answer is empty', {
        error: { code: 'compute_refused', message: 'the answer is empty', retryable: false },
      }),
      aLetter(newJobId(), 0, 'https://a.example/9 answered 503', { tenant: 'other' }),
    );
    const answer = await list();
    expect(answer).toMatchObject({ total: 2, letters: 6, complete: true });
    expect(answer.groups).toMatchObject([
      {
        code: 'compute_failed',
        message: '… answered 503',
        kinds: ['scrape', 'http'],
        letters: 5,
        chunks: 5,
        jobs: 2,
        sample: { job_id: other, begin: 1, error: { message: 'https://b.example/1 answered 503' } },
      },
      { code: 'compute_refused', message: 'the answer is empty', letters: 1, jobs: 1 },
    ]);
    expect(answer.groups[0]!.by_hour.at(-1)).toBe(5);

    expect((await list('?kind=http')).groups.map(({ letters: count }) => count)).toEqual([5]);
    expect(await list('?kind=scrape&text=B.EXAMPLE%20503')).toMatchObject({ total: 1, groups: [{ letters: 5 }] });
    expect(await list('?text=nothing')).toMatchObject({ groups: [], total: 0, letters: 6 });
    expect(await list('?limit=1')).toMatchObject({ groups: [{ letters: 5 }], total: 2 });
    const ofAll = await list('?tenant=*');
    expect(ofAll.groups[0]).toMatchObject({ letters: 6, jobs: 3, fingerprint: answer.groups[0]!.fingerprint });
    expect((await groupOf(ofAll.groups[0]!.fingerprint, '?tenant=*')).jobs.map(({ tenant }) => tenant).sort()).toEqual([
      'local',
      'local',
      'other',
    ]);
  });

  test('is of the letters as they are: what comes, goes, or cannot be read is seen at once', async () => {
    const jobId = newJobId();
    expect(await list()).toEqual({ groups: [], total: 0, letters: 0, complete: true });
    await store(aLetter(jobId, 0, 'no'), aLetter(jobId, 1, 'no'));
    expect((await list()).groups).toMatchObject([{ letters: 2 }]);
    expect((await list()).groups).toMatchObject([{ letters: 2 }]);
    await gateway.call(`/v1/dead-letters/${jobId}-0-0`, { method: 'DELETE' });
    expect((await list()).groups).toMatchObject([{ letters: 1 }]);
    await gateway.world.outbox.publishAll([{ subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, 7), data: encode({ v: 9 }) }]);
    await store(aLetter(jobId, 0, 'no', { round: 1 }));
    expect((await list()).groups).toMatchObject([{ letters: 2, chunks: 2 }]);
  });

  test.each([
    ['limit=0', 400],
    ['limit=201', 400],
    ['kind=', 422],
    [`text=${'x'.repeat(limits.searchCharsMax + 1)}`, 422],
    ['cursor=x', 422],
    ['tenant=a.b', 422],
  ])('refuses %s', async (query, status) => {
    expect((await gateway.call(`/v1/failures?${query}`)).status).toBe(status);
  });

  test('of more letters than are looked at it takes the newest, and states that there are more', async () => {
    const [jobId, most] = [newJobId(), 150];
    await store(...Array.from({ length: most }, (_, chunk) => aLetter(jobId, chunk, `row ${chunk} is empty`)));
    const read = async () => {
      const { groups, ...rest } = await groupedLetters(gateway.world.broker, deadSubjects.chunksOf(LOCAL_TENANT), most);
      return { ...rest, groups: groups.map(({ message, failures }) => [message, failures.length]) };
    };
    expect(await read()).toEqual({ groups: [['row … is empty', most]], letters: most, complete: true });
    await store(aLetter(newJobId(), 0, 'gone'));
    expect(await read()).toEqual({
      groups: [
        ['row … is empty', most - 1],
        ['gone', 1],
      ],
      letters: most,
      complete: false,
    });
  });

  test('looks further back where other tenants have stored since', async () => {
    const [mine, theirs] = [newJobId(), newJobId()];
    const run = (jobId: string, count: number, tenant: string, round: number) =>
      Array.from({ length: count }, (_, chunk) => aLetter(jobId, chunk, 'no', { tenant, round }));
    await store(...run(mine, 8, LOCAL_TENANT, 0), ...run(theirs, 30, 'other', 0), ...run(mine, 2, LOCAL_TENANT, 1));
    await store(...run(theirs, 40, 'other', 1));
    const { broker } = gateway.world;
    const read = async (most: number) => {
      const { stored, complete } = await newestLetters(broker, deadSubjects.chunksOf(LOCAL_TENANT), most);
      return [stored.map(({ subject }) => subject.split('.').slice(-2).join(' ')), complete] as const;
    };
    expect(await read(10)).toEqual([[...[0, 1, 2, 3, 4, 5, 6, 7].map((chunk) => `0 ${chunk}`), '1 0', '1 1'], true]);
    expect(await read(4)).toEqual([['1 0', '1 1'], false]);
    const [six] = await read(6);
    expect(six.slice(-2)).toEqual(['1 0', '1 1']);
    expect(six.length).toBeGreaterThanOrEqual(3);
    expect(six.length).toBeLessThanOrEqual(6);
  });
});

describe('a group', () => {
  test('has its jobs in pages, newest first, each with its chunks and how they may run again', async () => {
    const jobs = [
      await save(),
      await save({ on_dead_chunk: 'fail', status: 'failed' }),
      await save({ status: 'cancelled' }),
      newJobId(),
    ] as const;
    await store(
      ...jobs.flatMap((jobId) => [0, 1, 3].map((chunk) => aLetter(jobId, chunk, `row ${chunk} is empty`))),
      aLetter(jobs[0], 2, 'gone'),
    );
    const { fingerprint } = (await list()).groups[0]!;
    const first = await groupOf(fingerprint, '?limit=3');
    expect(first).toMatchObject({ group: { letters: 12, jobs: 4 }, next_cursor: jobs[1] });
    expect(first.jobs).toMatchObject([
      { job_id: jobs[3], requeue: 'no', detail: expect.stringContaining('is gone') as string },
      { job_id: jobs[2], requeue: 'no', detail: expect.stringContaining('was cancelled') as string },
      { job_id: jobs[1], requeue: 'with others', detail: expect.stringContaining('by the 1 other') as string },
    ]);
    const second = await groupOf(fingerprint, `?limit=3&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ next_cursor: null, up_to: first.up_to });
    expect(second.jobs).toMatchObject([
      { job_id: jobs[0], kind: 'scrape', letters: 3, chunks: 3, requeue: 'alone', detail: null },
    ]);
    expect(second.jobs[0]!.spans).toEqual([
      [0, 2],
      [3, 4],
    ]);
    expect(second.jobs[0]).not.toHaveProperty('tenant');
  });

  test('runs again in all of its jobs, page by page; other chunks stay dead, and a job that refuses is a failure of its own', async () => {
    const mine = [await save(), await save(), await save()] as const;
    const strict = await save({ on_dead_chunk: 'fail', status: 'failed' });
    for (const jobId of [...mine, strict])
      await store(aLetter(jobId, 0, 'row 0 is empty'), aLetter(jobId, 1, 'row 1 is empty'), aLetter(jobId, 2, 'gone'));
    const { fingerprint } = (await list('?text=row')).groups[0]!;
    const { up_to } = await groupOf(fingerprint);
    const late = await save();
    await store(aLetter(late, 0, 'row 0 is empty'));

    const first = await act(fingerprint, 'requeue', { limit: 2, up_to });
    expect(first).toEqual({
      status: 200,
      json: {
        done: 1,
        failures: [{ job_id: strict, detail: expect.stringContaining('fail by the 2 other') as string }],
        next_cursor: mine[2],
      },
    });
    const second = await act(fingerprint, 'requeue', { limit: 2, up_to, cursor: mine[2] });
    expect(second.json).toEqual({ done: 2, failures: [], next_cursor: null });
    expect((await requeues()).map(({ job_id: jobId, chunks }) => [jobId, chunks]).sort()).toEqual(
      [...mine].sort().map((jobId) => [jobId, [[0, 2]]]),
    );
    expect((await letters()).sort()).toEqual(
      [...mine.map((jobId) => `${jobId} 2`), ...[0, 1, 2].map((chunk) => `${strict} ${chunk}`), `${late} 0`].sort(),
    );
    // The same page again: nothing of it is left but the job that refused.
    expect((await act(fingerprint, 'requeue', { limit: 2, up_to, cursor: mine[2] })).json).toEqual({
      done: 0,
      failures: [],
      next_cursor: null,
    });

    expect((await act(fingerprint, 'requeue', { others: 'requeue', up_to })).json).toEqual({
      done: 1,
      failures: [],
      next_cursor: null,
    });
    expect((await requeues()).find(({ job_id: jobId }) => jobId === strict)).not.toHaveProperty('chunks');
    expect((await letters()).filter((letter) => letter.startsWith(strict))).toEqual([]);
    expect((await gateway.world.mailbox()).map(({ subject }) => subject)).not.toContain(mailboxSubjects.requeue(late, 1));
  });

  test('is discarded: its letters go, and no other', async () => {
    const jobs = [newJobId(), newJobId()];
    const other = aLetter(jobs[0]!, 2, 'row 2 is empty', { tenant: 'other' });
    await store(
      ...jobs.flatMap((jobId) => [aLetter(jobId, 0, 'row 0 is empty'), aLetter(jobId, 1, 'row 1 is empty', { round: 1 })]),
      aLetter(jobs[0]!, 9, 'gone'),
      other,
    );
    const { fingerprint } = (await list()).groups[0]!;
    expect((await act(fingerprint, 'discard')).json).toEqual({ done: 2, failures: [], next_cursor: null });
    expect(await letters()).toEqual([`${jobs[0]} 9`]);
    expect((await list('?tenant=other')).groups).toMatchObject([{ letters: 1 }]);
    expect(await act(fingerprint, 'discard')).toMatchObject({ status: 404 });
  });

  test.each(['x', '*', '0'.repeat(16), newJobId()])('there is none under %j', async (id) => {
    const path = `/v1/failures/${encodeURIComponent(id)}`;
    const none = { status: 404, json: { detail: 'No dead letter has this fingerprint.' } };
    expect(await gateway.call(path)).toMatchObject(none);
    for (const action of ['requeue', 'discard'])
      expect(await gateway.call(`${path}/${action}`, { method: 'POST' })).toMatchObject(none);
  });

  test.each([
    ['requeue', { others: 'all' }, 422, ['body', 'others']],
    ['requeue', { up_to: 'x' }, 422, ['body', 'up_to']],
    ['discard', { others: 'leave' }, 422, ['body', 'others']],
    ['discard', { cursor: 'x' }, 422, ['body', 'cursor']],
  ] as const)('%s with %j is refused', async (action, body, status, loc) => {
    expect(await act('x', action, body)).toMatchObject({ status, json: { detail: [{ loc }] } });
  });

  test('is asked of no more jobs at once than there may be', async () => {
    expect(await act('x', 'requeue', { limit: limits.bulkJobsMax + 1 })).toMatchObject({ status: 400 });
  });
});

test('without NATS it is 503, with what to do', async () => {
  const alone = await startGateway('nats://127.0.0.1:1');
  try {
    for (const path of ['/v1/failures', '/v1/failures/x']) {
      const answer = await fetch(alone.origin + path);
      expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('try again')]);
    }
  } finally {
    await alone.app.close();
  }
});
