/** Code that may run inside bubblewrap alone: its leases wait in queues of their own, of which a worker without bubblewrap asks for none. */
import { createOutbox, lastStored, readStored } from '@manyhands/broker';
import { decodeResult, encode, mailboxSubjects, workQueueOf, workSubjects, type ComputeLease } from '@manyhands/proto';
import { aComputeLease, eventually } from '@manyhands/testkit';
import { broker, useProvisionedServer } from '@manyhands/testkit/provisioned-server';
import { afterEach, expect, it } from 'vitest';
import { findBubblewrap } from './slot/confinement.ts';
import { startWorker, type Worker } from './worker.ts';

useProvisionedServer();

const bubblewrap = findBubblewrap();
const kindModules = [new URL('../trial/sandboxed-kinds.ts', import.meta.url)];
const started: Worker[] = [];
afterEach(async () => void (await Promise.all(started.splice(0).map((worker) => worker.drain(0)))));

async function work(bubblewrapUse: 'off' | 'required'): Promise<void> {
  started.push(await startWorker({ broker, kindModules, kinds: ['probing'], slots: 1, sandbox: { bubblewrap: bubblewrapUse } }));
}

/** Stores a lease as the coordinator does. */
async function give(confined: boolean): Promise<ComputeLease> {
  const params = { secret: '/nowhere', written: '/nowhere', port: 1, pid: process.pid };
  const lease = aComputeLease({ kind: 'probing', params });
  const subject = workSubjects.lease(lease.kind, workQueueOf({ ...lease, confined }), lease.job_id);
  await createOutbox(broker).publishAll([{ subject, data: encode(lease) }]);
  return lease;
}

async function answerOf({ job_id: jobId, lease }: ComputeLease): Promise<string | undefined> {
  const message = await lastStored(broker, 'mailbox', mailboxSubjects.result(jobId, lease));
  return message && decodeResult(message.data).type;
}
const computed = (lease: ComputeLease): Promise<void> =>
  eventually(async () => expect(await answerOf(lease)).toBe('LeaseComputed'));

// Seen: a worker without bubblewrap that came later ran code which had been taken because all workers had it.
it('a worker without bubblewrap leaves it where it is, and one with it computes it', async () => {
  const [confined, open] = [await give(true), await give(false)];
  await work('off');
  await computed(open);
  await computed(await give(false));
  expect(await answerOf(confined)).toBeUndefined();
  expect(await readStored(broker, 'work', workSubjects.ofJob(confined.job_id))).toHaveLength(1);
  if (bubblewrap === undefined) return;
  await work('required');
  await computed(confined);
});
