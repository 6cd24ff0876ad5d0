import { lastStored, purgeStored, readStored, storedCounts } from '@manyhands/broker';
import {
  deadSubjects,
  encode,
  eventSubjects,
  keys,
  LOCAL_TENANT,
  mailboxSubjects,
  newJobId,
  partitionOf,
  timerSubjects,
  workSubjects,
  type ComputeLease,
  type SubmitJob,
  type TimerDue,
} from '@manyhands/proto';
import { aCancelJob, aPauseJob, aRequeueJob, aResumeJob, aWorkerHeartbeat, eventually } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countingAnswer, type Answer } from './fake-worker.fixture.ts';
import { CoordinatorTest } from './running-coordinator.fixture.ts';
import type { JobTurns } from './takeover/job-turns.ts';

let test: CoordinatorTest;
beforeAll(async () => {
  test = await CoordinatorTest.open();
});
afterEach(() => test.reset());
afterAll(() => test?.close());

/** Two jobs of one partition. */
function neighbours(): [string, string] {
  const one = newJobId();
  for (;;) {
    const other = newJobId();
    if (partitionOf(other) === partitionOf(one)) return [one, other];
  }
}

const endOf = (jobId: string): string => eventSubjects.finished(LOCAL_TENANT, jobId);

const failing = (lease: ComputeLease, isBad: (chunk: number) => boolean, message: string): Answer => {
  if (lease.task.op !== 'compute') return countingAnswer(lease);
  const { begin, end } = lease.task;
  const bad = Array.from({ length: end - begin }, (_, at) => begin + at).filter(isBad);
  const good = end - begin - bad.length;
  return {
    type: 'LeaseComputed',
    compute_ms: end - begin,
    ...(good > 0 && { partial: good }),
    failed: bad.map((chunk) => ({ chunk, error: { code: 'compute_failed', message, retryable: true } })),
  };
};

describe('one job whose trouble does not pass', () => {
  it('a result that cannot be read is a failed run of its chunks, and the job ends with them computed again', async () => {
    await test.startCoordinator();
    const kind = test.newKind();
    const [job_id, neighbour] = neighbours();
    await test.submit({ job_id, kind, chunks: 2 });
    await eventually(async () => expect((await readStored(test.broker, 'work', workSubjects.ofJob(job_id))).length).toBe(2));
    await test.tell(mailboxSubjects.result(job_id, '0-1-0'), '{"v":1,"type":"LeaseComputed","partial":[1,}');
    await test.tell(mailboxSubjects.result(job_id, '1-2-0'), `{"partial":${'['.repeat(13_000)}${']'.repeat(13_000)}}`);
    await test.tell(`job.${partitionOf(job_id)}.${job_id}.dance`, 'not a command');
    await test.tell(mailboxSubjects.pause(job_id), '{"type":"PauseJob"');
    await test.startWorker(kind);
    await test.submit({ job_id: neighbour, kind, chunks: 4 });
    expect(await test.ended(neighbour)).toMatchObject({ status: 'completed', result: 4 });
    expect(await test.ended(job_id)).toMatchObject({ status: 'completed', result: 2, retries: 2 });
  });

  it('a saved state that cannot be read is no state: the job goes on from its mailbox', async () => {
    const first = await test.startCoordinator();
    const kind = test.newKind();
    const { job_id } = await test.submit({ kind, chunks: 8 });
    await test.shown(job_id, ({ status }) => status === 'running');
    await first.app.close();
    await test.jobState.put(
      keys.jobState(job_id),
      new TextEncoder().encode('{"v":1,"type":"JobState","sequence":1,"state":{"leases":7}}'),
    );
    await test.startCoordinator();
    await test.startWorker(kind);
    expect(await test.ended(job_id)).toMatchObject({ status: 'completed', result: 8 });
  });

  it('a view that cannot be read is written anew', async () => {
    await test.startCoordinator();
    const kind = test.newKind();
    const [job_id, neighbour] = neighbours();
    await test.submit({ job_id, kind, chunks: 8 });
    await test.shown(job_id, ({ status }) => status === 'running');
    await test.jobs.put(keys.job(LOCAL_TENANT, job_id), new TextEncoder().encode('what is this'));
    await test.startWorker(kind);
    await test.submit({ job_id: neighbour, kind, chunks: 4 });
    expect(await test.ended(neighbour)).toMatchObject({ status: 'completed' });
    await eventually(async () =>
      expect(await test.viewOf(job_id).catch(() => undefined)).toMatchObject({ status: 'completed', result: 8 }),
    );
  });

  it('and so is that of a job that has ended', async () => {
    const { turns } = await test.startCoordinator();
    const kind = test.newKind();
    await test.startWorker(kind);
    const { job_id } = await test.submit({ kind, chunks: 8 });
    await test.ended(job_id);
    await test.jobs.put(keys.job(LOCAL_TENANT, job_id), new TextEncoder().encode('what is this'));
    await eventually(async () => {
      await turns.watch.sweep();
      expect(await test.viewOf(job_id).catch(() => undefined)).toMatchObject({ status: 'completed', result: 8 });
    });
    expect(await turns.watch.sweep()).toBe(0);
  });

  it('six thousand chunks of which half fail with long messages end, and their neighbours go on meanwhile', async () => {
    const { turns } = await test.startCoordinator();
    const kind = test.newKind();
    const [job_id, neighbour] = neighbours();
    await test.startWorker(kind, (lease) =>
      failing(lease, (chunk) => lease.job_id === job_id && chunk % 2 === 1, 'x'.repeat(450)),
    );
    await test.submit({ job_id, kind, chunks: 6_000, max_attempts: 1, on_dead_chunk: 'continue' });
    await test.shown(job_id, ({ failed_chunks }) => failed_chunks > 0);
    await test.submit({ job_id: neighbour, kind, chunks: 4 });
    expect(await test.ended(neighbour)).toMatchObject({ status: 'completed', result: 4 });
    expect(await test.ended(job_id)).toMatchObject({
      status: 'completed',
      completed_chunks: 3_000,
      failed_chunks: 3_000,
      result: 3_000,
    });
    expect((await test.jobState.get(keys.jobState(job_id)))!.value!.length).toBeLessThan(768 * 1024);
    expect(turns.counts).toMatchObject({ jobs_quarantined: 0, long_turns: 0 });
  });
});

/** Leaves nothing that runs to the tests that follow. */
async function cancelled({ job_id }: SubmitJob): Promise<void> {
  await test.tell(mailboxSubjects.cancel(job_id), aCancelJob({ job_id }));
  await test.shown(job_id, ({ status }) => status === 'cancelled');
}

describe('a job for which nothing is under way', () => {
  it('because WORK was purged by hand, is found, rebuilt, and ends', async () => {
    const { turns } = await test.startCoordinator();
    const kind = test.newKind();
    const { job_id } = await test.submit({ kind, chunks: 8 });
    await eventually(async () => expect((await storedCounts(test.broker, 'work', workSubjects.ofJob(job_id))).size).toBe(1));
    expect(await turns.watch.sweep()).toBe(0);
    await purgeStored(test.broker, 'work', workSubjects.ofJob(job_id));
    await test.startWorker(kind);
    await eventually(async () => expect(await turns.watch.sweep()).toBe(1));
    expect(await test.ended(job_id)).toMatchObject({ status: 'completed', result: 8 });
    expect(await turns.watch.sweep()).toBe(0);
  });

  it.each(['that is in no memory', 'of which only its saved state is left'])('and %s, is found and rung awake', async (which) => {
    const first = await test.startCoordinator();
    const kind = test.newKind();
    const { job_id } = await test.submit({ kind, chunks: 8 });
    await test.shown(job_id, ({ status }) => status === 'running');
    await first.app.close();
    await purgeStored(test.broker, 'work', workSubjects.ofJob(job_id));
    if (which !== 'that is in no memory') await purgeStored(test.broker, 'mailbox', mailboxSubjects.ofJob(job_id));
    const { turns } = await test.startCoordinator();
    await test.startWorker(kind);
    await eventually(async () => {
      await turns.watch.sweep();
      expect(await test.viewOf(job_id)).toMatchObject({ status: 'completed', result: 8 });
    });
  });

  it('but a timer that rings an hour late, since the clock went back, is rung now', async () => {
    const { turns } = await test.startCoordinator();
    const kind = test.newKind();
    let isBroken = true;
    await test.startWorker(kind, (lease) => failing(lease, () => isBroken, 'not yet'));
    const { job_id } = await test.submit({ kind, chunks: 1, max_attempts: 10 });
    await test.shown(job_id, ({ retries }) => retries >= 3);
    isBroken = false;
    const at_ms = Date.now() + 3_600_000;
    const late: TimerDue = { v: 1, type: 'TimerDue', job_id, timer: 'retry', at_ms };
    await test.outbox.publishAll([
      {
        subject: timerSubjects.set(job_id, 'retry'),
        data: encode(late),
        schedule: { at: new Date(at_ms), keptMs: 60_000, target: timerSubjects.due(job_id, 'retry') },
      },
    ]);
    await eventually(async () => {
      await turns.watch.sweep();
      expect(await test.viewOf(job_id)).toMatchObject({ status: 'completed', result: 1 });
    });
  });

  // Seen: each job whose task code threw RetryLater with more than 45 s was "rebuilt" every 15 s, at warn, and counted.
  it('is no job whose task code asked to wait for an hour', async () => {
    const { turns } = await test.startCoordinator();
    const kind = test.newKind();
    const later = { code: 'compute_failed', message: 'busy', retryable: true, retry_after_ms: 3_600_000 };
    await test.startWorker(kind, () => ({ type: 'LeaseComputed', failed: [{ chunk: 0, error: later }] }));
    const job = await test.submit({ kind, chunks: 1 });
    await test.shown(job.job_id, ({ retries }) => retries === 1);
    for (let sweeps = 0; sweeps < 6; sweeps += 1) expect(await turns.watch.sweep()).toBe(0);
    await cancelled(job);
  });

  it('is no job that is paused, waits for its retry, or for a worker', async () => {
    const { turns } = await test.startCoordinator();
    const kinds = [test.newKind(), test.newKind(), test.newKind()];
    const [paused, retried, unserved] = await Promise.all(
      kinds.map((kind) => test.submit({ kind, chunks: 2, max_attempts: 10 })),
    );
    await test.startWorker(kinds[1]!, (lease) => failing(lease, () => true, 'not yet'));
    for (const { job_id } of [paused!, retried!, unserved!]) await test.shown(job_id, ({ status }) => status === 'running');
    await test.tell(mailboxSubjects.pause(paused!.job_id), aPauseJob({ job_id: paused!.job_id }));
    await test.shown(paused!.job_id, ({ status }) => status === 'paused');
    for (let sweeps = 0; sweeps < 6; sweeps += 1) expect(await turns.watch.sweep()).toBe(0);
    await test.tell(mailboxSubjects.resume(paused!.job_id), aResumeJob({ job_id: paused!.job_id }));
    await test.shown(paused!.job_id, ({ status }) => status === 'running');
    await Promise.all([paused!, retried!, unserved!].map(cancelled));
  });
});

describe('slots that come', () => {
  it('wake the jobs that wait for them, without any message', async () => {
    await test.startCoordinator();
    const kind = test.newKind();
    const job = await test.submit({ kind, chunks: 32 });
    const { job_id } = job;
    const leased = async (): Promise<number> => (await readStored(test.broker, 'work', workSubjects.ofJob(job_id))).length;
    await eventually(async () => expect(await leased()).toBe(2));
    await test.workersBucket.put('worker-late', encode(aWorkerHeartbeat({ worker: 'worker-late', kinds: [kind], slots: 8 })));
    await eventually(async () => expect(await leased()).toBe(16));
    await eventually(async () => expect(await test.viewOf(job_id)).toMatchObject({ detail: null }));
    await test.workersBucket.remove('worker-late');
    await eventually(async () => expect((await test.viewOf(job_id))?.detail).toContain('Waiting for a worker'));
    await cancelled(job);
  });
});

describe('a job that is over', () => {
  it('and may be run again goes on from its kept state when its mailbox is empty', async () => {
    await test.startCoordinator();
    const kind = test.newKind();
    let isBroken = true;
    await test.startWorker(kind, (lease) => failing(lease, (chunk) => isBroken && chunk === 3, 'no luck'));
    const { job_id } = await test.submit({ kind, chunks: 8, max_attempts: 1, on_dead_chunk: 'continue' });
    expect(await test.ended(job_id)).toMatchObject({ status: 'completed', completed_chunks: 7, failed_chunks: 1 });
    await eventually(async () => expect(await test.jobState.get(keys.jobState(job_id))).toBeDefined());
    await purgeStored(test.broker, 'mailbox', mailboxSubjects.ofJob(job_id));
    isBroken = false;
    await test.tell(mailboxSubjects.requeue(job_id, 1), aRequeueJob({ job_id, round: 1 }));
    expect(await test.shown(job_id, ({ round, status }) => round === 1 && status === 'completed')).toMatchObject({
      completed_chunks: 8,
      failed_chunks: 0,
      result: 8,
    });
  });

  it('is not computed again when its submission is stored again, its mailbox is empty and its coordinator is another', async () => {
    const first = await test.startCoordinator();
    const kind = test.newKind();
    const worker = await test.startWorker(kind);
    const [job_id, neighbour] = neighbours();
    const submit = await test.submit({ job_id, kind, chunks: 8 });
    const end = await test.ended(job_id);
    await eventually(async () => expect(await lastStored(test.broker, 'events', endOf(job_id))).toBeDefined());
    await first.app.close();
    await purgeStored(test.broker, 'mailbox', mailboxSubjects.ofJob(job_id));
    const taken = worker.taken.length;
    await test.tell(mailboxSubjects.submit(job_id), submit);
    const { turns } = await test.startCoordinator();
    await test.submit({ job_id: neighbour, kind, chunks: 4 });
    await test.ended(neighbour);
    // The repeat was stored, and taken, before it.
    await eventually(() => expect(turns.activationCount).toBe(0));
    for (let sweeps = 0; sweeps < 3; sweeps += 1) expect(await turns.watch.sweep()).toBe(0);
    expect(worker.taken.filter((lease) => lease.job_id === job_id).length).toBe(taken);
    expect(await test.viewOf(job_id)).toEqual(end);
  });

  it.each(['cannot be read', 'was removed'])(
    'and of which nothing is left but its view, because its saved state %s, ends in words when it is to run again, and runs anew after that',
    async (how) => {
      await test.startCoordinator();
      const kind = test.newKind();
      let isBroken = true;
      await test.startWorker(kind, (lease) => failing(lease, (chunk) => isBroken && chunk === 3, 'no luck'));
      const { job_id } = await test.submit({ kind, chunks: 8, max_attempts: 1, on_dead_chunk: 'continue' });
      await test.ended(job_id);
      await eventually(async () => expect(await test.jobState.get(keys.jobState(job_id))).toBeDefined());
      await purgeStored(test.broker, 'mailbox', mailboxSubjects.ofJob(job_id));
      if (how === 'was removed') await test.jobState.remove(keys.jobState(job_id));
      else await test.jobState.put(keys.jobState(job_id), new TextEncoder().encode('what is this'));
      await test.tell(mailboxSubjects.requeue(job_id, 1), aRequeueJob({ job_id, round: 1 }));
      const { error, detail } = await test.shown(job_id, ({ round, status }) => round === 1 && status === 'failed');
      expect(error).toMatchObject({ code: 'quarantined' });
      expect(detail).toContain('its first messages are no longer in its mailbox');
      isBroken = false;
      await test.tell(mailboxSubjects.requeue(job_id, 2), aRequeueJob({ job_id, round: 2 }));
      expect(await test.shown(job_id, ({ round, status }) => round === 2 && status === 'completed')).toMatchObject({
        completed_chunks: 8,
        failed_chunks: 0,
        result: 8,
      });
    },
  );

  /** Fails for good at one chunk of eight, ends, and is not to be read any more: neither what is kept of it nor its view. */
  async function damaged(isBroken: () => boolean): Promise<string> {
    const kind = test.newKind();
    await test.startWorker(kind, (lease) => failing(lease, (chunk) => isBroken() && chunk === 3, 'no luck'));
    const { job_id } = await test.submit({ kind, chunks: 8, max_attempts: 1, on_dead_chunk: 'continue' });
    await test.ended(job_id);
    await eventually(async () => expect(await test.jobState.get(keys.jobState(job_id))).toBeDefined());
    await eventually(async () => expect(await lastStored(test.broker, 'events', endOf(job_id))).toBeDefined());
    await purgeStored(test.broker, 'mailbox', mailboxSubjects.ofJob(job_id));
    return job_id;
  }

  async function damage(job_id: string, turns: JobTurns): Promise<void> {
    const rubbish = new TextEncoder().encode('what is this');
    await test.jobState.put(keys.jobState(job_id), rubbish);
    await test.jobs.put(keys.job(LOCAL_TENANT, job_id), rubbish);
    await eventually(async () => {
      await turns.watch.sweep();
      expect(await test.viewOf(job_id).catch(() => undefined)).toMatchObject({
        status: 'failed',
        error: { code: 'quarantined' },
      });
    });
  }

  it('and of which neither its state nor its view can be read is set aside once, in words, and runs anew when it is requeued', async () => {
    const { turns } = await test.startCoordinator();
    let isBroken = true;
    const job_id = await damaged(() => isBroken);
    await damage(job_id, turns);
    expect(await test.viewOf(job_id)).toMatchObject({ total_chunks: 8, round: 1, detail: expect.stringContaining('Requeue it') });
    await eventually(() => expect(turns.counts).toMatchObject({ jobs_quarantined: 1 }));
    for (let sweeps = 0; sweeps < 6; sweeps += 1) expect(await turns.watch.sweep()).toBe(0);
    expect(await readStored(test.broker, 'dead', deadSubjects.mailbox(job_id))).toEqual([]);
    isBroken = false;
    await test.tell(mailboxSubjects.requeue(job_id, 2), aRequeueJob({ job_id, round: 2 }));
    expect(await test.shown(job_id, ({ round, status }) => round === 2 && status === 'completed')).toMatchObject({ result: 8 });
  });

  it('and of which no event is left either is set aside for good: a requeue is answered in words', async () => {
    const { turns } = await test.startCoordinator();
    const job_id = await damaged(() => true);
    await purgeStored(test.broker, 'events', eventSubjects.finishedOfJob(LOCAL_TENANT, job_id));
    await damage(job_id, turns);
    const submitAnew = expect.stringContaining('submit it as a new job');
    expect(await test.viewOf(job_id)).toMatchObject({ kind: 'unknown', total_chunks: 0, detail: submitAnew });
    // So a gateway refuses to requeue it.
    await eventually(async () => expect(await test.jobState.get(keys.jobState(job_id))).toBeUndefined());
    for (let sweeps = 0; sweeps < 6; sweeps += 1) expect(await turns.watch.sweep()).toBe(0);
    await test.tell(mailboxSubjects.requeue(job_id, 1), aRequeueJob({ job_id, round: 1 }));
    expect(await test.shown(job_id, ({ round }) => round === 1)).toMatchObject({ status: 'failed', detail: submitAnew });
    await eventually(async () => expect(await test.jobState.get(keys.jobState(job_id))).toBeUndefined());
    expect(await readStored(test.broker, 'dead', deadSubjects.mailbox(job_id))).toEqual([]);
    await eventually(() => expect(turns.counts).toMatchObject({ jobs_quarantined: 2 }));
  });
});
