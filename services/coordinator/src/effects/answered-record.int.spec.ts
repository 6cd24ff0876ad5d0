import { createOutbox, openBroker, provision, readStored } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { AnsweredLeases, answeredSubjects, decode, limits, LOCAL_TENANT, newJobId, type SubmitJob } from '@manyhands/proto';
import { unpackedLeases } from '@manyhands/proto/answered-leases';
import { aSubmitJob, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AnsweredRecord, WAITING_PAGES_MAX, type KeepAnswered } from './answered-record.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
const log = createLogger('coordinator', { level: 'silent' });

beforeAll(async () => {
  server = await startNatsServer();
  broker = await openBroker({ url: server.url, name: 'test' });
  await provision(broker);
  outbox = createOutbox(broker);
});
afterAll(async () => {
  await broker?.close();
  await server?.stop();
});

const aJob = (): SubmitJob => aSubmitJob({ job_id: newJobId() });

/** The lease of chunk `chunk`; its answer has the sequence `chunk + 1`. */
function answer(submit: SubmitJob, chunk: number): KeepAnswered {
  const time = { from_ms: chunk, took_ms: 1 };
  return {
    do: 'keep_answered',
    submit,
    sequence: chunk + 1,
    isFirst: chunk === 0,
    lease: {
      op: 'compute',
      begin: chunk,
      end: chunk + 1,
      attempt: 1,
      worker: 'w-1',
      slot: 0,
      ...time,
      outcome: 'computed',
      failed_chunks: 0,
    },
  };
}

async function stored({ job_id: jobId }: SubmitJob): Promise<number[]> {
  const messages = await readStored(broker, 'answered', answeredSubjects.ofJob(LOCAL_TENANT, jobId));
  const pages = messages.map(({ data }) => decode(AnsweredLeases, data)).sort((a, b) => a.first - b.first);
  return pages.flatMap((page) => unpackedLeases(page).map(({ begin }) => begin));
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

it('stores each lease once, however often the open page is stored', async () => {
  const record = new AnsweredRecord(broker, outbox, log);
  const submit = aJob();
  for (const chunk of numbers(0, 250)) {
    record.add(answer(submit, chunk));
    if (chunk % 60 === 0) await record.flush();
  }
  await record.flush();
  expect(await stored(submit)).toEqual(numbers(0, 250));
  // Done again after a crash.
  for (const chunk of numbers(200, 250)) record.add(answer(submit, chunk));
  await record.flush();
  expect(await stored(submit)).toEqual(numbers(0, 250));
});

it('states of which kind the job is and when it was submitted, from which times count', async () => {
  const record = new AnsweredRecord(broker, outbox, log);
  const submit = aJob();
  record.add(answer(submit, 0));
  await record.flush();
  const [page] = await readStored(broker, 'answered', answeredSubjects.ofJob(LOCAL_TENANT, submit.job_id));
  expect(decode(AnsweredLeases, page!.data)).toMatchObject({ kind: submit.kind, submitted_at: submit.submitted_at });
});

it('keeps the newest of a job, and no lease more', async () => {
  const record = new AnsweredRecord(broker, outbox, log);
  const submit = aJob();
  const all = limits.leasesKeptMax + 1;
  for (const chunk of numbers(0, all)) record.add(answer(submit, chunk));
  await record.flush();
  const kept = await stored(submit);
  expect(kept.length).toBeLessThanOrEqual(limits.leasesKeptMax);
  expect(kept).toEqual(numbers(limits.leasesPageMax, all));
});

it('goes on where the owner before stopped, whose last answers are delivered again', async () => {
  const submit = aJob();
  const before = new AnsweredRecord(broker, outbox, log);
  for (const chunk of numbers(0, 130)) before.add(answer(submit, chunk));
  await before.flush();
  const after = new AnsweredRecord(broker, outbox, log);
  for (const chunk of numbers(120, 205)) after.add(answer(submit, chunk));
  await expect.poll(async () => (await after.flush(), (await stored(submit)).length)).toBe(205);
  expect(await stored(submit)).toEqual(numbers(0, 205));
});

it('holds nothing of a job that is forgotten, once its last page is stored', async () => {
  const record = new AnsweredRecord(broker, outbox, log);
  const submit = aJob();
  record.add(answer(submit, 0));
  record.forget(submit.job_id);
  await record.flush();
  expect([record.heldCount, await stored(submit)]).toEqual([0, [0]]);
});

it('holds a bounded number of pages while nothing can be stored, and stores them later', async () => {
  let isAway = true;
  const patchy: Outbox = {
    publishAll: (messages) => (isAway ? Promise.reject(new Error('away')) : outbox.publishAll(messages)),
  };
  const record = new AnsweredRecord(broker, patchy, log);
  const jobs = numbers(0, WAITING_PAGES_MAX + 5).map(() => aJob());
  for (const submit of jobs) {
    record.add(answer(submit, 0));
    record.forget(submit.job_id);
  }
  await record.flush();
  expect(record.heldCount).toBe(WAITING_PAGES_MAX);
  isAway = false;
  await record.flush();
  expect(record.heldCount).toBe(0);
  expect(await stored(jobs.at(-1)!)).toEqual([0]);
  expect(await stored(jobs[0]!)).toEqual([]);
});
