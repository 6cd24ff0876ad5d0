/**
 * Step lease: hands leases to the workers by storing them in WORK, and takes them back when a job ends.
 *
 * Invariant: a lease that was never taken back is stored under its id, so publishing it again within the duplicate window stores nothing; after the window it is a
 * second copy whose result is refused by the first one's. Only subscribed workers receive a cancel; a worker that misses it computes a result that is ignored.
 */
import { lastSequenceOf, purgeStored } from '@manyhands/broker';
import type { Broker, Outbox } from '@manyhands/nats';
import {
  coreSubjects,
  encode,
  workQueueOf,
  workSubjects,
  type CancelLeases,
  type ComputeLease,
  type SubmitJob,
} from '@manyhands/proto';
import { leaseTraceparent } from './job-trace.ts';

export interface IssuedLease {
  /** Of its job. */
  submit: SubmitJob;
  lease: ComputeLease;
  /** One of its id may have been taken back, so an equal id is no reason not to store it. */
  mayRepeat: boolean;
}

export class LeasePublisher {
  readonly #broker: Broker;
  readonly #outbox: Outbox;

  constructor(broker: Broker, outbox: Outbox) {
    this.#broker = broker;
    this.#outbox = outbox;
  }

  /** Resolves when all are durable. Throws what the outbox throws. */
  async publish(leases: readonly IssuedLease[]): Promise<void> {
    if (leases.length === 0) return;
    await this.#outbox.publishAll(
      leases.map(({ submit, lease, mayRepeat }) => ({
        ...traceOf(submit, lease),
        subject: workSubjects.lease(lease.kind, workQueueOf({ ...lease, confined: submit.confined }), lease.job_id),
        data: encode(lease),
        ...(!mayRepeat && { messageId: `${lease.job_id}.${lease.lease}` }),
      })),
    );
  }

  /** Orders the worker that has this lease to release it. */
  cancelOne(jobId: string, lease: string): void {
    this.#broker.publish(
      coreSubjects.cancelLeases,
      encode({ v: 1, type: 'CancelLeases', job_id: jobId, lease } satisfies CancelLeases),
    );
  }

  /** The newest lease there is: what is to be cancelled was stored up to here. */
  async newest(): Promise<number> {
    return lastSequenceOf(this.#broker, 'work');
  }

  /**
   * Orders every worker to stop computing the job (`forNow`: until it is resumed), and removes what waits in WORK, of leases that were stored up to `through` alone: a process
   * that was frozen in between must not take away what another owner has handed out since.
   */
  async cancel(jobId: string, { round, forNow }: { round: number; forNow: boolean }, through: number): Promise<void> {
    const cancel: CancelLeases = {
      v: 1,
      type: 'CancelLeases',
      job_id: jobId,
      ...(round > 0 && { round }),
      ...(forNow && { for_now: true as const }),
      through,
    };
    this.#broker.publish(coreSubjects.cancelLeases, encode(cancel));
    await purgeStored(this.#broker, 'work', workSubjects.ofJob(jobId), through);
  }
}

/** Most jobs are not traced. */
function traceOf(submit: SubmitJob, lease: ComputeLease): { trace?: string } {
  const trace = submit.trace === undefined ? undefined : leaseTraceparent(submit, lease);
  return trace === undefined ? {} : { trace };
}
