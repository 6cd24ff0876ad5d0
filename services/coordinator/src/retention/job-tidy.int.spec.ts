import { createOutbox, openBroker, provision, readStored } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import { createLogger } from '@manyhands/observe';
import { encode, mailboxSubjects, newJobId } from '@manyhands/proto';
import { aLeaseComputed, aRequeueJob, aSubmitJob, eventually, startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JobTidy } from './job-tidy.ts';

let server: NatsServer;
let broker: Broker;
let outbox: Outbox;
const log = createLogger('test', { level: 'silent' });

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

/** A job with three messages; returns the sequence of the last one. */
async function aMailbox(jobId: string): Promise<number> {
  await outbox.publishAll([
    { subject: mailboxSubjects.submit(jobId), data: encode(aSubmitJob({ job_id: jobId })) },
    ...[0, 1].map((begin) => ({
      subject: mailboxSubjects.result(jobId, `${begin}-${begin + 1}-0`),
      data: encode(aLeaseComputed({ job_id: jobId, begin })),
    })),
  ]);
  return (await readStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId))).at(-1)!.sequence;
}
const subjectsOf = async (jobId: string): Promise<string[]> =>
  (await readStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId))).map(({ subject }) => subject);

it('the mailbox of a job that is over is emptied, but for what came after its end, and no other is touched', async () => {
  const tidy = new JobTidy(broker, log, { tickMs: 10, afterMs: 10 });
  const [over, other] = [newJobId(), newJobId()];
  const through = await aMailbox(over);
  await aMailbox(other);
  const requeue = mailboxSubjects.requeue(over, 1);
  await outbox.publishAll([{ subject: requeue, data: encode(aRequeueJob({ job_id: over })) }]);
  tidy.add(over, through);
  await eventually(async () => expect(await subjectsOf(over)).toEqual([requeue]));
  expect(await subjectsOf(other)).toHaveLength(3);
  await tidy.close(0);
});

it('nothing is emptied before its time, but at the end of the process everything is', async () => {
  const tidy = new JobTidy(broker, log, { afterMs: 3_600_000 });
  const jobs = Array.from({ length: 40 }, () => newJobId());
  for (const jobId of jobs) tidy.add(jobId, await aMailbox(jobId));
  expect(tidy.waitingCount).toBe(40);
  expect(await subjectsOf(jobs[0]!)).toHaveLength(3);
  await tidy.close(10_000);
  expect(tidy.waitingCount).toBe(0);
  for (const jobId of jobs) expect(await subjectsOf(jobId)).toEqual([]);
});

it('while the server is away mailboxes wait, and are emptied when it is back', { timeout: 60_000 }, async () => {
  const own = await startNatsServer();
  const there = await openBroker({ url: own.url, name: 'test' });
  await provision(there);
  const tidy = new JobTidy(there, log, { tickMs: 10, afterMs: 10 });
  const jobId = newJobId();
  await createOutbox(there).publishAll([{ subject: mailboxSubjects.submit(jobId), data: encode(aSubmitJob({ job_id: jobId })) }]);
  await own.kill();
  tidy.add(jobId, 1);
  await eventually(() => expect(tidy.waitingCount).toBe(0));
  await own.restart();
  await eventually(async () => expect(await readStored(there, 'mailbox', mailboxSubjects.ofJob(jobId))).toEqual([]));
  await tidy.close(0);
  await there.close();
  await own.stop();
});

it('before their time they leave once MAILBOX fills', { timeout: 60_000 }, async () => {
  const tidy = new JobTidy(broker, log, { tickMs: 20, perTick: 1, afterMs: 3_600_000, hurriedAfterMs: 1 });
  const jobs = Array.from({ length: 60 }, () => newJobId());
  for (const jobId of jobs) tidy.add(jobId, await aMailbox(jobId));
  expect(tidy.waitingCount).toBe(60);
  const { config, state } = await broker.manager.streams.info('MAILBOX');
  await broker.manager.streams.update('MAILBOX', { max_bytes: 3 * state.bytes });
  try {
    await eventually(() => expect(tidy.waitingCount).toBe(0));
  } finally {
    await broker.manager.streams.update('MAILBOX', { max_bytes: config.max_bytes });
    await tidy.close(0);
  }
});
