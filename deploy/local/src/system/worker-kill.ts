/**
 * Ends a worker because the gateway orders it, which its user asked to watch that.
 *
 * Invariant: only the gateway's orders count, only where the system is for this machine alone, and only a worker is ended: one that runs, which the restart policy
 * then starts again.
 */
import { readKillWorker, type WorkerKilled } from '@manyhands/proto/settings';

/** As much of a supervised process as is needed. */
interface Worker {
  readonly plan: { readonly name: string };
  crash(): number | undefined;
}

interface KillRules {
  isOn: boolean;
  workers: readonly Worker[];
}

/** The answer; undefined for what is no order, or does not count. */
export function killAsOrdered(from: string, message: unknown, { isOn, workers }: KillRules): WorkerKilled | undefined {
  const order = readKillWorker(message);
  if (!isOn || from !== 'gateway' || order === undefined) return undefined;
  for (const worker of workers) {
    const pid = worker.crash();
    if (pid !== undefined) return { type: 'WorkerKilled', id: order.id, worker: { name: worker.plan.name, pid } };
  }
  return { type: 'WorkerKilled', id: order.id, worker: null };
}
