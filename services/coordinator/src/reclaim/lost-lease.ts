/** The answer of a coordinator for a lease that no worker answered. Pure. */
import { ERROR_CODES, NO_WORKER, type ComputeLease, type LeaseFailed } from '@manyhands/proto';

export function lostLease({ job_id, lease, task }: ComputeLease, deliveries: number): LeaseFailed {
  const { attempt } = task;
  return {
    v: 1,
    type: 'LeaseFailed',
    job_id,
    lease,
    about:
      task.op === 'merge'
        ? { op: task.op, inputs: task.inputs.map(({ id }) => id), attempt }
        : { op: task.op, begin: task.begin, end: task.end, attempt },
    worker: NO_WORKER,
    slot: 0,
    delivery: deliveries,
    error: {
      code: 'worker_lost',
      message: `delivered ${deliveries} times, and no worker answered`,
      retryable: ERROR_CODES.worker_lost.retryable,
    },
  };
}
