/**
 * Removes what is stored of a job, because a user asked for it before its time is up.
 *
 *   over ──mailbox emptied──▶ over ──view removed──▶ gone for users ──state, letters, results and files, lines, leases removed──▶ gone
 *
 * Invariant: only a job that is over is removed: its view at the revision that was read, with no requeue stored. Of its mailbox goes what was there before that, which its
 * end includes; the submission must not outlive the view, or the job would be shown as pending. What is left where this process ends in between, or what the owner of a job
 * that ended a moment ago stores after it, leaves by its age. A
 * requeue that is stored in the same moment finds no state and ends as one whose beginning is lost. Its input stays, which is not of one job alone, and so does what
 * history has of it.
 *
 * Reads MAILBOX and bucket jobs. Throws `unavailable` when NATS does not answer.
 */
import { lastStored, purgeStored, removeArtifacts } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import {
  answeredSubjects,
  deadSubjects,
  isFinal,
  isManyhandsError,
  keys,
  logSubjects,
  mailboxSubjects,
  type DeleteJob,
  type JobDeletion,
} from '@manyhands/proto';
import { readableView } from '../progress/readable-view.ts';

type Asked = Pick<DeleteJob, 'tenant' | 'job_id'>;

export class JobDeletions {
  readonly #broker: Broker;
  readonly #buckets: Readonly<Record<'jobs' | 'jobState', Bucket>>;

  constructor(broker: Broker, buckets: Readonly<Record<'jobs' | 'jobState', Bucket>>) {
    this.#broker = broker;
    this.#buckets = buckets;
  }

  async delete({ tenant, job_id: jobId }: Asked): Promise<JobDeletion['outcome']> {
    const { jobs, jobState } = this.#buckets;
    const key = keys.job(tenant, jobId);
    const newest = await lastStored(this.#broker, 'mailbox', mailboxSubjects.ofJob(jobId));
    const state = await jobState.get(keys.jobState(jobId));
    const entry = await jobs.get(key);
    if (entry?.value === undefined) return 'missing';
    const view = readableView(entry.value);
    if (view === undefined || !isFinal(view.status)) return 'not over';
    const requeue = mailboxSubjects.requeue(jobId, (view.round ?? 0) + 1);
    if ((await lastStored(this.#broker, 'mailbox', requeue)) !== undefined) return 'not over';
    if (newest !== undefined) await purgeStored(this.#broker, 'mailbox', mailboxSubjects.ofJob(jobId), newest.sequence);
    if (!(await isRemoved(jobs, key, entry.revision))) return (await jobs.get(key))?.value === undefined ? 'missing' : 'not over';
    if (state?.value !== undefined) await isRemoved(jobState, keys.jobState(jobId), state.revision);
    await Promise.all([
      purgeStored(this.#broker, 'dead', deadSubjects.chunksOfJob(tenant, jobId)),
      purgeStored(this.#broker, 'dead', deadSubjects.mailbox(jobId)),
      purgeStored(this.#broker, 'logs', logSubjects.ofJob(tenant, jobId)),
      purgeStored(this.#broker, 'answered', answeredSubjects.ofJob(tenant, jobId)),
      removeArtifacts(this.#broker, tenant, jobId),
    ]);
    return 'deleted';
  }
}

/** Unless it has changed since. */
async function isRemoved(bucket: Bucket, key: string, revision: number): Promise<boolean> {
  try {
    await bucket.remove(key, revision);
    return true;
  } catch (error) {
    if (!isManyhandsError(error, 'revision_conflict')) throw error;
    return false;
  }
}
