import { encode, mailboxSubjects, newJobId, STREAMS, timerSubjects, type TimerDue } from '@manyhands/proto';
import { beforeAll, expect, it, vi } from 'vitest';
import { createOutbox, lastStored, readStored } from '@manyhands/broker';
import type { Outbox } from '@manyhands/nats';
import { broker, server, useProvisionedServer } from '@manyhands/testkit/provisioned-server';
import { decodeJobMessage } from './mailbox-message.ts';

let outbox: Outbox;

useProvisionedServer();
beforeAll(() => {
  outbox = createOutbox(broker);
});

async function setTimer(jobId: string, atMs: number): Promise<void> {
  const due: TimerDue = { v: 1, type: 'TimerDue', job_id: jobId, timer: 'retry', at_ms: atMs };
  await outbox.publishAll([
    {
      subject: timerSubjects.set(jobId, 'retry'),
      data: encode(due),
      schedule: { at: new Date(atMs), keptMs: 3_600_000, target: timerSubjects.due(jobId, 'retry') },
    },
  ]);
}

/** The timer's message in the job's mailbox. */
async function rung(jobId: string) {
  return vi.waitFor(
    async () => {
      const stored = await lastStored(broker, 'mailbox', mailboxSubjects.timer(jobId, 'retry'));
      if (stored === undefined) throw new Error('the timer has not rung');
      return { ...stored, message: decodeJobMessage(stored.subject, stored.data) };
    },
    { timeout: 10_000, interval: 20 },
  );
}

it('a timer rings in the mailbox of its job, at its time, once', async () => {
  const jobId = newJobId();
  const atMs = Date.now() + 400;
  await setTimer(jobId, atMs);
  const { message, storedAtMs } = await rung(jobId);
  expect(message).toEqual({ v: 1, type: 'TimerDue', job_id: jobId, timer: 'retry', at_ms: atMs });
  expect(storedAtMs).toBeGreaterThanOrEqual(atMs);
  expect(await readStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId))).toHaveLength(1);
});

it('a timer set again rings at the new time alone, and one set for the past rings at once', async () => {
  const jobId = newJobId();
  await setTimer(jobId, Date.now() + 60_000);
  const pastMs = Date.now() - 1_000;
  await setTimer(jobId, pastMs);
  expect((await rung(jobId)).message).toMatchObject({ at_ms: pastMs });
  const { state } = await broker.manager.streams.info(STREAMS.timers.name, {
    subjects_filter: timerSubjects.set(jobId, 'retry'),
  });
  expect(state.subjects ?? {}).toEqual({});
});

it('timers that became due while the server was dead, or after it came back, ring; what a batch stores stays whole', async () => {
  const [soon, later] = [newJobId(), newJobId()];
  await setTimer(soon, Date.now() + 300);
  await setTimer(later, Date.now() + 2_500);
  const jobId = newJobId();
  const batch = Array.from({ length: 50 }, (_, chunk) => ({
    subject: mailboxSubjects.result(jobId, `${chunk}-${chunk + 1}-0`),
    data: encode({ chunk }),
    expectLastSubjectSequence: 0,
  }));
  expect(new Set(await outbox.publishAll(batch))).toEqual(new Set(['stored']));
  await server.kill();
  await server.restart();
  await rung(soon);
  await rung(later);
  expect(await readStored(broker, 'mailbox', mailboxSubjects.ofJob(jobId))).toHaveLength(50);
  expect(new Set(await outbox.publishAll(batch.map((message) => ({ ...message, data: encode({ again: true }) }))))).toEqual(
    new Set(['exists']),
  );
});
