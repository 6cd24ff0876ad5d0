/**
 * Step compute: publishes how far long leases are, at most ten times a second, on a core subject: a process that is not subscribed misses nothing
 * that the result does not hold.
 */
import { coreSubjects, encode, type LeaseProgress } from '@manyhands/proto';
import type { Broker } from '@manyhands/nats';
import type { HeldLease } from './held-lease.ts';

export const PROGRESS_INTERVAL_MS = 100;
const SHORT_LEASE_MS = 100;

export function reportProgress(
  broker: Pick<Broker, 'publish'>,
  workerId: string,
  running: readonly HeldLease[],
  nowMs: number,
): void {
  for (const held of running) {
    const { task, job_id, lease } = held.lease;
    const { done = 0, share = 0 } = held.slot ?? {};
    if (task.op !== 'compute' || nowMs - held.startedAtMs < SHORT_LEASE_MS || done + share <= held.reported) continue;
    held.reported = done + share;
    const progress: LeaseProgress = {
      v: 1,
      type: 'LeaseProgress',
      job_id,
      lease,
      worker: workerId,
      begin: task.begin,
      end: task.end,
      done,
      ...(share > 0 && { share }),
    };
    broker.publish(coreSubjects.live(job_id), encode(progress));
  }
}
