/**
 * A small job alone, and behind a job of a million chunks of real compute that has all slots: `Workload`s for `workloads.ts`.
 *
 * The small job comes at a time that has nothing to do with what the slots are at. Its ratio is the median behind the big job over the median alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createOutbox, openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import {
  decode,
  encode,
  isFinal,
  JobView,
  keys,
  LOCAL_TENANT,
  mailboxSubjects,
  newJobId,
  type CancelJob,
  type SubmitJob,
} from '@manyhands/proto';
import type { MeasuredSystem } from '../system.ts';
import type { Figures, Workload } from '../workload.ts';

const RUNS = 7;
/** Until the big job is no young one any more. */
const HEAD_START_MS = 3_000;
const BIG = { kind: 'primes', params: { n: 1e11 }, chunks: 1_000_000 };

type Job = Pick<SubmitJob, 'kind' | 'params' | 'chunks'>;

function behindABigJob(name: string, small: Job): Workload {
  return {
    name: `${name}, alone and behind a job of a million chunks`,
    async run(system) {
      await system.run(small);
      const alone = await medianMs(system, small);
      const stop = await startBigJob(system.broker);
      try {
        const behind = await medianMs(system, small);
        return {
          'alone ms': alone.median,
          'behind ms': behind.median,
          'behind, slowest ms': behind.slowest,
          'times as long': behind.median / alone.median,
        } satisfies Figures;
      } finally {
        await stop();
      }
    },
  };
}

async function medianMs(system: MeasuredSystem, job: Job): Promise<{ median: number; slowest: number }> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await sleep(100 + Math.random() * 300);
    const startedAtMs = performance.now();
    const { status, error } = await system.run(job);
    if (status !== 'completed') throw new Error(`the small job ${status}: ${error?.message}`);
    times.push(performance.now() - startedAtMs);
  }
  times.sort((one, other) => one - other);
  return { median: times[RUNS >> 1]!, slowest: times.at(-1)! };
}

/** Resolves when it has had the slots for a while, with how to end it. */
async function startBigJob(broker: Broker): Promise<() => Promise<void>> {
  const jobId = newJobId();
  const outbox = createOutbox(broker);
  const jobs = await openBucket(broker, 'jobs');
  const submit: SubmitJob = {
    v: 1,
    type: 'SubmitJob',
    job_id: jobId,
    tenant: LOCAL_TENANT,
    ...BIG,
    lane: 'normal',
    on_dead_chunk: 'fail',
    submitted_at: new Date().toISOString(),
  };
  await outbox.publishAll([
    { subject: mailboxSubjects.submit(jobId), data: encode(submit), messageId: jobId, expectLastSubjectSequence: 0 },
  ]);
  await sleep(HEAD_START_MS);
  const view = async (): Promise<JobView> => decode(JobView, (await jobs.get(keys.job(LOCAL_TENANT, jobId)))!.value!);
  return async () => {
    const { status, completed_chunks: done } = await view();
    const cancel: CancelJob = {
      v: 1,
      type: 'CancelJob',
      job_id: jobId,
      tenant: LOCAL_TENANT,
      requested_at: new Date().toISOString(),
    };
    await outbox.publishAll([{ subject: mailboxSubjects.cancel(jobId), data: encode(cancel) }]);
    while (!isFinal((await view()).status)) await sleep(50);
    if (status !== 'running') throw new Error(`the big job was ${status} after ${done} chunks: the small one was not behind it`);
  };
}

export const fairness: readonly Workload[] = [
  behindABigJob('8 chunks of 100 ms', { kind: 'burn', params: { ms: 100 }, chunks: 8 }),
  behindABigJob('primes to 1,000,000,000 in 8 chunks', { kind: 'primes', params: { n: 1e9 }, chunks: 8 }),
  behindABigJob('8 no-op chunks', { kind: 'noop', params: {}, chunks: 8 }),
];
