/** What to do with leases that are handed over again, or cannot be run. Pure. */
import { limits, runOf, type ComputeLease } from '@manyhands/proto';

const HAND_BACK_AFTER_MS = 1_000;

/** Whether a lease has taken down so many workers that it is reported instead of run. Deliveries that ended in good order are not among those. */
export function isLost(delivery: number): boolean {
  return delivery > limits.deliveriesMax;
}

/**
 * Whether a lease may be one that ends the worker that runs it: its coordinator states it, an earlier delivery had no answer, or it is a merge that failed before. It is run in a
 * process of its own, so it costs no further worker, and the leases beside it no further delivery.
 *
 * Most suspects are innocent (their worker was lost for another's fault); they are merely isolated.
 */
export function isSuspect({ suspect, task }: Pick<ComputeLease, 'suspect' | 'task'>, delivery: number): boolean {
  return suspect === true || delivery > 1 || (task.op === 'merge' && runOf(task.attempt) > 0);
}

/**
 * Whether a lease that waits here for a slot goes to another worker. Once only, or it would go round while all are busy.
 */
export function isHandedBack(waitedMs: number, wasHandedOver: boolean): boolean {
  return !wasHandedOver && waitedMs >= HAND_BACK_AFTER_MS;
}
