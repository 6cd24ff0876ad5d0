/** What notifies of the end of a job, on a real server: a job of the kind `webhook`. */
import { lastStored, purgeStored } from '@manyhands/broker';
import {
  decode,
  eventSubjects,
  JobFinished,
  mailboxSubjects,
  WEBHOOK,
  type ComputeLease,
  type WebhookEvent,
} from '@manyhands/proto';
import { aCancelJob, aRequeueJob } from '@manyhands/testkit';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { FakeWorker } from '../fake-worker.fixture.ts';
import { CoordinatorTest } from '../running-coordinator.fixture.ts';
import { submitWebhooks } from './job-messages.ts';

let test: CoordinatorTest;
beforeAll(async () => {
  test = await CoordinatorTest.open();
});
afterEach(() => test.reset());
afterAll(() => test?.close());

const url = 'https://hooks.example/jobs';
const eventOf = ({ params }: ComputeLease) => params['event'] as WebhookEvent;

/** A worker that takes webhooks for received. */
async function startReceiver(): Promise<{ worker: FakeWorker; of(job: string): WebhookEvent[] }> {
  const worker = await test.startWorker(WEBHOOK.kind, () => ({
    type: 'LeaseComputed',
    partial: { status: 200, attempt: 1 },
    compute_ms: 1,
  }));
  return {
    worker,
    of: (job) => worker.taken.map(eventOf).filter(({ data }) => data.job_id === job),
  };
}

it('each end that is asked for makes one, whose job is shown like any other', async () => {
  await test.startCoordinator();
  const receiver = await startReceiver();
  const kind = test.newKind();
  await test.startWorker(kind);
  const quiet = await test.submit({ kind, chunks: 3, notify: { url, on: ['failed', 'cancelled'] } });
  await test.ended(quiet.job_id);
  const job = await test.submit({ kind, chunks: 4, notify: { url, secret: 'HOOK_KEY' }, tags: { team: 'web' } });
  expect(await test.ended(job.job_id)).toMatchObject({ notify: { url, secret: 'HOOK_KEY' } });

  await vi.waitFor(() => expect(receiver.of(job.job_id)).toHaveLength(1), { timeout: 5_000 });
  const [lease] = receiver.worker.taken.filter((one) => eventOf(one).data.job_id === job.job_id) as [ComputeLease];
  expect(lease.params).toMatchObject({
    url,
    secret: 'HOOK_KEY',
    event: {
      type: 'job.completed',
      data: { kind, status: 'completed', completed_chunks: 4, tags: { team: 'web' }, result: 4, round: 0 },
    },
  });
  expect(await test.ended(lease.job_id)).toMatchObject({
    kind: WEBHOOK.kind,
    status: 'completed',
    result: { status: 200, attempt: 1 },
    tags: { 'webhook-of': job.job_id },
  });
  expect(receiver.of(quiet.job_id)).toEqual([]);
});

it('the end of each round has its own, and a cancel has one', async () => {
  await test.startCoordinator();
  const receiver = await startReceiver();
  const kind = test.newKind();
  let isBad = true;
  await test.startWorker(kind, ({ task }) =>
    isBad && task.op === 'compute'
      ? { type: 'LeaseFailed', error: { code: 'compute_refused', message: 'never', retryable: false } }
      : { type: 'LeaseComputed', partial: 1, compute_ms: 1 },
  );
  const job = await test.submit({ kind, chunks: 1, notify: { url } });
  expect(await test.ended(job.job_id)).toMatchObject({ status: 'failed' });
  isBad = false;
  await test.tell(mailboxSubjects.requeue(job.job_id, 1), aRequeueJob({ job_id: job.job_id, round: 1 }));
  await vi.waitFor(
    () =>
      expect(receiver.of(job.job_id).map(({ type, data }) => [type, data.round])).toEqual([
        ['job.failed', 0],
        ['job.completed', 1],
      ]),
    { timeout: 10_000 },
  );

  const idle = await test.submit({ kind: test.newKind(), chunks: 1, notify: { url, on: ['cancelled'] } });
  await test.shown(idle.job_id, ({ status }) => status === 'pending' || status === 'running');
  await test.tell(mailboxSubjects.cancel(idle.job_id), aCancelJob({ job_id: idle.job_id }));
  await vi.waitFor(() => expect(receiver.of(idle.job_id)).toMatchObject([{ type: 'job.cancelled' }]), { timeout: 5_000 });
});

it('an end that is published again makes no other, also when the first is long over', async () => {
  const first = await test.startCoordinator();
  const receiver = await startReceiver();
  const kind = test.newKind();
  await test.startWorker(kind);
  const job = await test.submit({ kind, chunks: 2, notify: { url } });
  await test.ended(job.job_id);
  await vi.waitFor(() => expect(receiver.worker.taken).toHaveLength(1), { timeout: 5_000 });
  const webhook = receiver.worker.taken[0]!.job_id;
  await test.ended(webhook);
  // As retention does it.
  await purgeStored(test.broker, 'mailbox', mailboxSubjects.submit(webhook));
  const stored = await lastStored(test.broker, 'events', eventSubjects.finished(job.tenant, job.job_id, 0));
  await submitWebhooks(first.bus.outbox, [decode(JobFinished, stored!.data)]);
  const next = await test.submit({ kind, chunks: 2, notify: { url } });
  await vi.waitFor(() => expect(receiver.of(next.job_id)).toHaveLength(1), { timeout: 5_000 });
  expect(receiver.of(job.job_id)).toHaveLength(1);
});
