/**
 * Makes this thread give way to everything else on its machine, so that task code takes only the time that no other process needs: the broker, the services and the
 * rest of the worker answer at once however busy the slots are.
 *
 * Invariant: on Linux the priority is that of the calling thread, so only the slot's thread has it. Elsewhere it would be the whole process's, which is
 * left as it is.
 */
import { getPriority, setPriority } from 'node:os';

/** In steps of `nice`. A slot beside one busy thread of another program still has a tenth of its core. */
export const KERNEL_NICE = 10;

export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    if (getPriority() < KERNEL_NICE) setPriority(KERNEL_NICE);
  } catch {
    // Not allowed here: task code computes at the same priority as the rest.
  }
}
