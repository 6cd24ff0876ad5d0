import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BridgeCommand,
  deadSubjects,
  decode,
  encode,
  CancelJob,
  JobView,
  keys,
  LOCAL_TENANT,
  mailboxSubjects,
  newJobId,
  RequeueJob,
  type DeadChunk,
} from '@manyhands/proto';
import { aJobView, aKindRegistration, aSubmitJob, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { jobKey, startFixture, startReadyGateway, type GatewayFixture } from '../gateway.fixture.ts';

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
    expect(answer).toMatchObject({
      status: 200,
      json: { job_id: jobId, status: 'pending', total_chunks: 8, detail: 'Waiting for a coordinator.' },
    });
  });

  test.each([
    ['unknown', newJobId()],
    ['no id at all', 'x'],
    ['another id that widens keys', '*'],
    ['a version 4 id', '7f2c1f3e-8a0b-4c1d-9e2f-001122334455'],
  ])('is 404 for %s', async (_what, id) => {
    expect(await gateway.call(`/v1/jobs/${id}`)).toMatchObject({ status: 404, json: { detail: 'Job not found.' } });
  });

  test("is 404 for somebody else's job, stored or just submitted", async () => {
    const theirs = aJobView({ job_id: newJobId(), tenant: 'other' });
    await gateway.world.save(theirs);
    const pending = aSubmitJob({ tenant: 'other' });
    await gateway.world.outbox.publishAll([{ subject: mailboxSubjects.submit(pending.job_id), data: encode(pending) }]);
    for (const id of [theirs.job_id, pending.job_id]) {
      for (const init of [{}, { method: 'DELETE' }])
        expect(await gateway.call(`/v1/jobs/${id}`, init)).toMatchObject({ status: 404, json: { detail: 'Job not found.' } });
      expect((await gateway.call(`/v1/jobs/${id}/events`)).status).toBe(404);
    }
    expect((await gateway.call('/v1/jobs?limit=200')).text).not.toContain(theirs.job_id);
  });
});

describe('an id in capitals', () => {
  test('is the same id, in paths and queries', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const capitals = view.job_id.toUpperCase();
    expect(await gateway.call(`/v1/jobs/${capitals}`)).toMatchObject({ status: 200, json: { job_id: view.job_id } });
    for (const [path, method] of [
      ['/pause', 'POST'],
      ['/resume', 'POST'],
      ['', 'DELETE'],
    ] as const)
      expect((await gateway.call(`/v1/jobs/${capitals}${path}`, { method })).status, path).toBe(204);
    const events = await fetch(`${gateway.origin}/v1/jobs/${capitals}/events`);
    expect(events.status).toBe(200);
    await events.body?.cancel();
    await eventually(async () =>
      expect((await gateway.call(`/v1/jobs?cursor=${newJobId().toUpperCase()}&limit=200`)).text).toContain(view.job_id),
    );
    const { schedule_id: schedule } = (await gateway.post({ n: 10, cron: '@yearly' })).json as { schedule_id: string };
    expect(await gateway.call(`/v1/schedules/${schedule.toUpperCase()}`)).toMatchObject({
      status: 200,
      json: { schedule_id: schedule },
    });
    expect(await gateway.call(`/v1/schedules?cursor=${newJobId().toUpperCase()}`)).toMatchObject({
      status: 200,
      json: { schedules: [{ schedule_id: schedule }] },
    });
    expect((await gateway.call(`/v1/schedules/${schedule.toUpperCase()}`, { method: 'DELETE' })).status).toBe(204);
    expect(decode(BridgeCommand, Buffer.from(JSON.stringify({ do: 'subscribe', topic: 'job', id: capitals })))).toMatchObject({
      id: view.job_id,
    });
  });
});

describe('a query that no route knows', () => {
  test.each([
    ['GET', '/v1/kinds'],
    ['GET', '/v1/workers'],
    ['GET', '/v1/schedules'],
    ['POST', '/v1/jobs'],
    ['DELETE', `/v1/jobs/${newJobId()}`],
    ['GET', `/v1/jobs/${newJobId()}/events`],
    ['GET', '/v1/queues'],
  ])('is refused by %s %s', async (method, path) => {
    const answer = await gateway.call(`${path}?verbose=1`, {
      method,
      ...(method === 'POST' && { headers: { 'content-type': 'application/json' }, body: '{"n":10}' }),
    });
    expect(answer).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['query', 'verbose'], msg: expect.stringMatching(/^unknown parameter; take it out \(known: /) }] },
    });
  });

  test('is no matter to what is no part of the API', async () => {
    expect((await gateway.call('/healthz?now=1')).status).toBe(200);
  });
});

describe('DELETE /v1/jobs/:id', () => {
  test('stores one cancel however often it is repeated', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    for (let times = 0; times < 3; times += 1)
      expect((await gateway.call(`/v1/jobs/${view.job_id}`, { method: 'DELETE' })).status).toBe(204);
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
    expect(await gateway.call(`/v1/jobs/${newJobId()}`, { method: 'DELETE' })).toMatchObject({
      status: 404,
      json: { detail: 'Job not found.' },
    });
  });
});

describe('a command that was accepted', () => {
  /** Takes up what is asked of one job, a moment later, as a coordinator does. */
  async function coordinate(view: JobView): Promise<() => void> {
    const becomes: Record<string, JobView['status']> = { pause: 'paused', resume: 'running', cancel: 'cancelled' };
    const takeUp = async (subject: string): Promise<void> => {
      for (let times = 0; times < 300; times += 1) await gateway.world.broker.connection.flush();
      await gateway.world.save({ ...view, status: becomes[subject.split('.')[3]!]! });
    };
    const listening = gateway.world.broker.connection.subscribe(mailboxSubjects.ofJob(view.job_id), {
      callback: (_error, { subject }) => void takeUp(subject),
    });
    await gateway.world.broker.connection.flush();
    return () => listening.unsubscribe();
  }

  // Seen: 204 for a pause, and a read right after it said running.
  test('is seen by the reads that follow, on each gateway', async () => {
    const other = await startReadyGateway(nats.url);
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const stop = await coordinate(view);
    const readings = (): Promise<string[]> =>
      Promise.all(
        [gateway.origin, other.origin].flatMap((origin) => [
          fetch(`${origin}/v1/jobs/${view.job_id}`).then(async (answer) => ((await answer.json()) as JobView).status),
          fetch(`${origin}/v1/jobs?limit=200`).then(
            async (answer) =>
              ((await answer.json()) as { jobs: JobView[] }).jobs.find(({ job_id: id }) => id === view.job_id)!.status,
          ),
        ]),
      );
    try {
      for (const [method, path, status] of [
        ['POST', '/pause', 'paused'],
        ['POST', '/resume', 'running'],
        ['DELETE', '', 'cancelled'],
      ] as const) {
        expect((await gateway.call(`/v1/jobs/${view.job_id}${path}`, { method })).status).toBe(204);
        expect(await readings()).toEqual([status, status, status, status]);
      }
    } finally {
      stop();
      await other.app.close();
    }
  });

  test('to cancel is seen by the commands that follow, on each gateway, before a coordinator has taken it up', async () => {
    const other = await startReadyGateway(nats.url);
    const view = aJobView({ job_id: newJobId(), status: 'running', failed_chunks: 1 });
    await gateway.world.save(view);
    expect((await gateway.call(`/v1/jobs/${view.job_id}`, { method: 'DELETE' })).status).toBe(204);
    for (const origin of [gateway.origin, other.origin]) {
      for (const what of ['pause', 'resume', 'requeue']) {
        const answer = await fetch(`${origin}/v1/jobs/${view.job_id}/${what}`, { method: 'POST' });
        expect({ what, status: answer.status, text: await answer.text() }).toEqual({
          what,
          status: 409,
          text: expect.stringContaining('is being cancelled'),
        });
      }
      expect((await fetch(`${origin}/v1/jobs/${view.job_id}`, { method: 'DELETE' })).status).toBe(204);
    }
    await other.app.close();
  });

  test('to run again is seen by who then subscribes on another gateway, which heard only of the end', async () => {
    const other = await startReadyGateway(nats.url);
    const jobId = newJobId();
    await gateway.world.outbox.publishAll([
      { subject: mailboxSubjects.submit(jobId), data: encode(aSubmitJob({ job_id: jobId })) },
    ]);
    await gateway.world.save(aJobView({ job_id: jobId, status: 'failed', failed_chunks: 1 }));
    expect((await gateway.call(`/v1/jobs/${jobId}/requeue`, { method: 'POST' })).status).toBe(202);
    const socket = new WebSocket(`${other.origin.replace('http', 'ws')}/ws`);
    const frames: string[] = [];
    socket.addEventListener('message', ({ data }) => frames.push(String(data)));
    socket.addEventListener('open', () =>
      socket.send(JSON.stringify({ do: 'subscribe', topic: 'job', id: jobId } satisfies BridgeCommand)),
    );
    await eventually(() => expect(frames.at(-1)).toContain('"topic":"ready"'));
    expect(frames.slice(0, -1)).toEqual([expect.stringContaining('"status":"running"')]);
    socket.close();
    await other.app.close();
  });
});

describe('POST /v1/jobs/:id/pause and /resume', () => {
  const ask = (jobId: string, what: string) => gateway.call(`/v1/jobs/${jobId}/${what}`, { method: 'POST' });

  test('store the commands in order, for a job that runs and for one nobody has picked up yet', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    await gateway.world.save(view);
    const { job_id: pending } = (await gateway.post({ n: 100 })).json as { job_id: string };
    for (const jobId of [view.job_id, pending]) {
      for (const what of ['pause', 'pause', 'resume']) expect((await ask(jobId, what)).status).toBe(204);
      const commands = (await gateway.world.mailbox())
        .map(({ subject }) => subject)
        .filter((subject) => subject.includes(jobId) && !subject.endsWith('submit'));
      expect(commands).toEqual([mailboxSubjects.pause(jobId), mailboxSubjects.pause(jobId), mailboxSubjects.resume(jobId)]);
    }
  });

  test('of a finished job are refused with a sentence, and of an unknown one 404', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'failed' });
    await gateway.world.save(view);
    expect(await ask(view.job_id, 'pause')).toMatchObject({
      status: 409,
      json: { detail: 'The job is failed already, so it cannot be paused.' },
    });
    expect(await ask(view.job_id, 'resume')).toMatchObject({
      status: 409,
      json: { detail: 'The job is failed already, so it cannot be resumed.' },
    });
    expect((await ask(newJobId(), 'pause')).status).toBe(404);
  });
});

describe('POST /v1/jobs/:id/requeue', () => {
  const ask = (jobId: string) => gateway.call(`/v1/jobs/${jobId}/requeue`, { method: 'POST' });

  async function failedJob(given: Partial<JobView> = {}): Promise<string> {
    const submit = aSubmitJob();
    await gateway.world.outbox.publishAll([{ subject: mailboxSubjects.submit(submit.job_id), data: encode(submit) }]);
    await gateway.world.save(aJobView({ job_id: submit.job_id, status: 'failed', failed_chunks: 1, ...given }));
    return submit.job_id;
  }

  test('stores one command per round and clears the letters of the round before', async () => {
    const jobId = await failedJob({ round: 2 });
    await gateway.world.outbox.publishAll([
      { subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 2, 0), data: encode(letter(jobId, { round: 2 })) },
    ]);
    for (let times = 0; times < 2; times += 1)
      expect(await ask(jobId)).toMatchObject({ status: 202, json: { job_id: jobId, status: 'running', round: 3 } });
    const commands = (await gateway.world.mailbox()).filter(({ subject }) => subject.includes(`${jobId}.requeue`));
    expect(commands.map(({ data }) => decode(RequeueJob, data))).toMatchObject([
      { job_id: jobId, tenant: LOCAL_TENANT, round: 3 },
    ]);
    expect((await gateway.call('/v1/dead-letters?limit=200')).text).not.toContain(jobId);
  });

  test.each([
    [{ status: 'cancelled' as const }, 'The job was cancelled; a cancelled job is not run again. Submit it as a new job.'],
    [{ status: 'completed' as const, failed_chunks: 0 }, 'No chunk of the job is dead, so there is nothing to run again.'],
    [{ status: 'running' as const, failed_chunks: 0 }, 'No chunk of the job is dead, so there is nothing to run again.'],
  ])('of %j is refused with a sentence', async (given, detail) => {
    expect(await ask(await failedJob(given))).toMatchObject({ status: 409, json: { detail } });
  });

  test('of some chunks names them, and leaves the others with their letters until they run again, too', async () => {
    const chunks = { done: [], leased: [], failed: [[0, 4] as [number, number]], coarse: false };
    const jobId = await failedJob({ status: 'completed', on_dead_chunk: 'continue', failed_chunks: 4, chunks });
    await gateway.world.outbox.publishAll(
      [0, 1, 2, 3].map((begin) => ({
        subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, begin),
        data: encode(letter(jobId, { begin, end: begin + 1 })),
      })),
    );
    const askFor = (body: object) =>
      gateway.call(`/v1/jobs/${jobId}/requeue`, { method: 'POST', body: JSON.stringify(body), ...json });
    const json = { headers: { 'content-type': 'application/json' } };
    const failures = async () =>
      (await gateway.call(`/v1/jobs/${jobId}/failures`)).text
        .split('\n')
        .flatMap((line) => /"index":(\d+)/.exec(line)?.[1] ?? []);
    const letters = async () =>
      (await gateway.call(`/v1/dead-letters?limit=200&job_id=${jobId}`)).text.match(/"id":"[^"]*"/g)?.length ?? 0;
    expect(await askFor({ chunks: [[9, 8]] })).toMatchObject({ status: 422 });
    expect(await askFor({ chunks: [[4, 9]] })).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('None of these chunks is dead') as string },
    });
    expect(await askFor({ chunks: [[1, 3]] })).toMatchObject({ status: 202, json: { round: 1 } });
    expect(await askFor({ chunks: [[0, 1]] })).toMatchObject({ status: 409 });
    expect((await gateway.call(`/v1/jobs/${jobId}`)).json).toMatchObject({ status: 'running', round: 1, failed_chunks: 2 });
    const [command] = (await gateway.world.mailbox()).filter(({ subject }) => subject.includes(`${jobId}.requeue`));
    expect(decode(RequeueJob, command!.data).chunks).toEqual([[1, 3]]);
    expect([await letters(), await failures()]).toEqual([2, ['0', '3']]);

    // The first of them dies once more, the second was computed; a letter of it that had stayed counts no more.
    const [again, stale] = [1, 2].map((begin) => letter(jobId, { begin, end: begin + 1, round: 2 - begin }));
    await gateway.world.outbox.publishAll(
      [again!, stale!].map((each) => ({
        subject: deadSubjects.chunk(LOCAL_TENANT, jobId, each.round, each.begin),
        data: encode(each),
      })),
    );
    const failed: [number, number][] = [
      [0, 2],
      [3, 4],
    ];
    await gateway.world.save(
      aJobView({
        ...{ job_id: jobId, status: 'completed', on_dead_chunk: 'continue', failed_chunks: 3, round: 1 },
        chunks: { ...chunks, failed },
      }),
    );
    expect(await failures()).toEqual(['0', '1', '3']);
    expect(await ask(jobId)).toMatchObject({ status: 202, json: { round: 2 } });
    expect([await letters(), await failures()]).toEqual([0, []]);
  });

  test('of different chunks at the same time: the first counts, and the letters of its chunks alone go', async () => {
    const failed = { done: [], leased: [], failed: [[0, 2] as [number, number]], coarse: false };
    for (let times = 0; times < 4; times += 1) {
      const jobId = await failedJob({ status: 'completed', on_dead_chunk: 'continue', failed_chunks: 2, chunks: failed });
      await gateway.world.outbox.publishAll(
        [0, 1].map((begin) => ({
          subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, begin),
          data: encode(letter(jobId, { begin, end: begin + 1 })),
        })),
      );
      const answers = await Promise.all(
        [[[0, 1]], [[1, 2]]].map((chunks) =>
          gateway.call(`/v1/jobs/${jobId}/requeue`, {
            method: 'POST',
            body: JSON.stringify({ chunks }),
            headers: { 'content-type': 'application/json' },
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
      const [command] = (await gateway.world.mailbox()).filter(({ subject }) => subject.includes(`${jobId}.requeue`));
      const [[runs = 0] = []] = decode(RequeueJob, command!.data).chunks ?? [];
      const letters = JSON.parse((await gateway.call(`/v1/dead-letters?limit=200&job_id=${jobId}`)).text) as {
        dead_letters: { begin: number }[];
      };
      expect(letters.dead_letters.map(({ begin }) => begin)).toEqual([1 - runs]);
    }
  });

  test('of a job whose mailbox is forgotten is refused, of an unknown one 404', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'failed' });
    await gateway.world.save(view);
    expect(await ask(view.job_id)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('Submit it as a new job') as string },
    });
    expect((await ask(newJobId())).status).toBe(404);
  });

  test('of a job whose mailbox was emptied when it was over starts from its state', async () => {
    const view = aJobView({ job_id: newJobId(), status: 'failed', failed_chunks: 1 });
    await gateway.world.save(view);
    await (await gateway.world.bucket('jobState')).put(keys.jobState(view.job_id), encode({ v: 2 }));
    expect(await ask(view.job_id)).toMatchObject({ status: 202, json: { status: 'running', round: 1 } });
  });

  // Seen: of eight jobs cancelled right after their requeue six ran on, though 204 was answered; a pause was 409, a read said failed.
  test('is seen by every read and command that follows, also on a gateway that was not asked, before a coordinator has taken it up', async () => {
    const other = await startReadyGateway(nats.url);
    try {
      for (const origin of [gateway.origin, other.origin]) {
        const call = async (path: string, method = 'GET'): Promise<{ status: number; text: string }> => {
          const answer = await fetch(`${origin}/v1/jobs/${path}`, { method });
          return { status: answer.status, text: await answer.text() };
        };
        const jobId = await failedJob({
          error: { code: 'x', message: 'no', retryable: false },
          finished_at: '2026-01-01T00:00:00.000Z',
        });
        expect((await ask(jobId)).status).toBe(202);
        const shown = JSON.parse((await call(jobId)).text) as JobView;
        expect(shown).toMatchObject({
          job_id: jobId,
          status: 'running',
          round: 1,
          failed_chunks: 0,
          error: null,
          finished_at: null,
        });
        expect(JobView.safeParse(shown).success).toBe(true);
        expect((await call(`${jobId}/pause`, 'POST')).status).toBe(204);
        expect((await call(`${jobId}/resume`, 'POST')).status).toBe(204);
        expect((await call(jobId, 'DELETE')).status).toBe(204);
        const subjects = (await gateway.world.mailbox())
          .map(({ subject }) => subject)
          .filter((subject) => subject.includes(jobId));
        expect(subjects.sort()).toEqual(
          [
            mailboxSubjects.submit(jobId),
            mailboxSubjects.requeue(jobId, 1),
            mailboxSubjects.pause(jobId),
            mailboxSubjects.resume(jobId),
            mailboxSubjects.cancel(jobId, 1),
          ].sort(),
        );
        await gateway.world.save(aJobView({ job_id: jobId, status: 'cancelled', round: 1 }));
        expect(JSON.parse((await call(jobId)).text)).toMatchObject({ status: 'cancelled', round: 1 });
      }
    } finally {
      await other.app.close();
    }
  });

  test('that ended in failure again shows that end, and may be asked for again', async () => {
    const jobId = await failedJob();
    await ask(jobId);
    await gateway.world.save(aJobView({ job_id: jobId, status: 'failed', failed_chunks: 1, round: 1 }));
    expect((await gateway.call(`/v1/jobs/${jobId}`)).json).toMatchObject({ status: 'failed', round: 1 });
    expect(await ask(jobId)).toMatchObject({ status: 202, json: { round: 2 } });
  });

  test('lets a job be cancelled again in its new round', async () => {
    const jobId = await failedJob({ status: 'running', round: 1 });
    expect((await gateway.call(`/v1/jobs/${jobId}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.world.mailbox()).map(({ subject }) => subject)).toContain(mailboxSubjects.cancel(jobId, 1));
  });
});

function letter(jobId: string, given: Partial<DeadChunk> = {}): DeadChunk {
  const at = '2026-01-01T00:00:00.000Z';
  const error = { code: 'compute_failed', message: 'Chunk 0 failed 3 times: no', retryable: false };
  return {
    v: 1,
    type: 'DeadChunk',
    job_id: jobId,
    tenant: LOCAL_TENANT,
    kind: 'sum',
    begin: 0,
    end: 1,
    round: 0,
    error,
    runs: [{ run: 1, code: 'compute_failed', message: 'no', worker: 'w', at }],
    died_at: at,
    ...given,
  };
}

describe('a stored value of another release', () => {
  const put = async (value: string): Promise<string> => {
    const jobId = newJobId();
    await (await gateway.world.bucket('jobs')).put(jobKey(jobId), new TextEncoder().encode(value));
    return jobId;
  };

  // Seen: a view that was no JSON made the whole list one that nobody could read.
  test('is left out of the list of jobs, and the others are in it', async () => {
    const good = aJobView({ job_id: newJobId(), status: 'running' });
    const strange = [await put('{'), await put('no view'), await put('{"v":9,"job":{}}'), await put('[]'), await put('null')];
    await gateway.world.save(good);
    await eventually(async () => {
      const { json } = await gateway.call('/v1/jobs?limit=200');
      const ids = (json as { jobs: JobView[] }).jobs.map(({ job_id: id }) => id);
      expect(ids).toContain(good.job_id);
      for (const id of strange) expect(ids).not.toContain(id);
    });
    expect((await gateway.call('/v1/jobs?status=running&limit=200')).status).toBe(200);
  });

  test('in a mailbox is no job', async () => {
    const jobId = newJobId();
    await gateway.world.outbox.publishAll([
      { subject: mailboxSubjects.submit(jobId), data: encode({ v: 9, type: 'SubmitJob' }) },
    ]);
    for (const [path, method] of [
      ['', 'GET'],
      ['', 'DELETE'],
      ['/pause', 'POST'],
      ['/requeue', 'POST'],
      ['/events', 'GET'],
    ] as const) {
      expect((await gateway.call(`/v1/jobs/${jobId}${path}`, { method })).status, `${method} ${path}`).toBe(404);
    }
  });

  test('among the dead letters is left out of their list', async () => {
    const jobId = newJobId();
    await gateway.world.outbox.publishAll([{ subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, 0), data: encode({ v: 9 }) }]);
    await gateway.world.outbox.publishAll([
      { subject: deadSubjects.chunk(LOCAL_TENANT, jobId, 0, 1), data: encode(letter(jobId, { begin: 1, end: 2 })) },
    ]);
    expect((await gateway.call(`/v1/dead-letters?job_id=${jobId}`)).json).toMatchObject({ dead_letters: [{ begin: 1 }] });
    await gateway.world.broker.manager.streams.purge('DEAD');
  });
});

describe('/v1/dead-letters', () => {
  const store = (one: DeadChunk) =>
    gateway.world.outbox.publishAll([
      { subject: deadSubjects.chunk(one.tenant, one.job_id, one.round, one.begin), data: encode(one) },
    ]);
  const page = async (query = '') =>
    (await gateway.call(`/v1/dead-letters${query}`)).json as {
      dead_letters: { id: string; begin: number }[];
      next_cursor: string | null;
    };

  test('are listed in pages with their history, and discarded one by one, each by its tenant alone', async () => {
    const jobId = newJobId();
    for (const begin of [0, 1, 2]) await store(letter(jobId, { begin, end: begin + 1 }));
    await store(letter(newJobId(), { tenant: 'other', begin: 9, end: 10 }));
    const first = await page('?limit=2');
    expect(first.dead_letters).toMatchObject([{ job_id: jobId, begin: 0, runs: [{ run: 1, worker: 'w' }] }, { begin: 1 }]);
    const second = await page(`?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ dead_letters: [{ begin: 2 }], next_cursor: null });
    const { id } = first.dead_letters[1]!;
    expect((await gateway.call(`/v1/dead-letters/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.call(`/v1/dead-letters/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await page()).dead_letters.map(({ begin }) => begin)).toEqual([0, 2]);
  });

  test('are listed of one job alone', async () => {
    const [mine, another] = [newJobId(), newJobId()];
    for (const jobId of [mine, another]) for (const round of [0, 1]) await store(letter(jobId, { round }));
    expect((await page(`?job_id=${mine}`)).dead_letters).toMatchObject([
      { job_id: mine, round: 0 },
      { job_id: mine, round: 1 },
    ]);
    expect((await page(`?job_id=${newJobId()}`)).dead_letters).toEqual([]);
  });

  // Seen: requeue, which the letter offers, was 404 "Job not found", and the letter stayed for a month.
  test('of a job that is gone go with the first requeue, which says so', async () => {
    const jobId = newJobId();
    await store(letter(jobId));
    const requeue = () => gateway.call(`/v1/jobs/${jobId}/requeue`, { method: 'POST' });
    expect(await requeue()).toMatchObject({
      status: 404,
      json: { detail: expect.stringMatching(/^The job is gone, and cannot be run again/) as string },
    });
    expect((await page(`?job_id=${jobId}`)).dead_letters).toEqual([]);
    expect(await requeue()).toMatchObject({ status: 404, json: { detail: 'Job not found.' } });
  });

  test.each(['x', '*', `${newJobId()}-0-9`, `${newJobId()}-0-*`])('there is none under %j', async (id) => {
    expect(await gateway.call(`/v1/dead-letters/${encodeURIComponent(id)}`, { method: 'DELETE' })).toMatchObject({
      status: 404,
      json: { detail: 'Dead letter not found.' },
    });
  });

  test.each([
    ['limit=0', 400],
    ['limit=201', 400],
    ['limit=x', 422],
    ['limit=', 422],
    ['cursor=x', 422],
    ['cursor=0', 422],
    ['cursor=', 422],
    ['job_id=x', 422],
    ['job_id=*', 422],
    ['job_id=', 422],
    ['job_id=x&limit=0', 422],
    ['job=x', 422],
  ])('refuses %s', async (query, status) => {
    expect((await gateway.call(`/v1/dead-letters?${query}`)).status).toBe(status);
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
    ['limit=', 422, [{ loc: ['query', 'limit'], msg: 'is empty; give it a value, or leave it out', type: 'missing' }]],
    [
      'staus=failed',
      422,
      [
        {
          loc: ['query', 'staus'],
          msg: 'unknown parameter; did you mean "status"? Else take it out (known: status, kind, tag, text, limit, cursor, tenant)',
          type: 'extra_forbidden',
        },
      ],
    ],
    [
      'status=done',
      422,
      [{ loc: ['query', 'status'], msg: 'must be one of pending, running, paused, completed, failed, cancelled', type: 'enum' }],
    ],
    ['status=failed&status=running', 422, [{ loc: ['query', 'status'], msg: 'must be given once', type: 'string_type' }]],
    [
      'cursor=abc&limit=ten&kind=Sum',
      422,
      [
        { loc: ['query', 'kind'], msg: expect.stringMatching(/^must be 1 to 32 lower-case letters/), type: 'string_pattern' },
        { loc: ['query', 'limit'], msg: 'must be a whole number', type: 'int_type' },
        { loc: ['query', 'cursor'], msg: expect.stringMatching(/^must be the next_cursor/), type: 'string_pattern' },
      ],
    ],
  ])('refuses %s', async (query, status, detail) => {
    expect(await gateway.call(`/v1/jobs?${query}`)).toMatchObject({ status, json: { detail } });
  });
});

// Seen: the same wrong value was 422 on one route and 400 on another.
test.each([
  ['limit=abc', 422],
  ['limit=1e1', 422],
  ['limit=0', 400],
  ['limit=201', 400],
  ['limit=200', 200],
  ['cursor=abc', 422],
  ['nope=1', 422],
])('every list answers ?%s with %s', async (query, status) => {
  const lists = ['/v1/jobs', '/v1/schedules', '/v1/dead-letters'];
  expect(await Promise.all(lists.map(async (list) => (await gateway.call(`${list}?${query}`)).status))).toEqual(
    lists.map(() => status),
  );
});
