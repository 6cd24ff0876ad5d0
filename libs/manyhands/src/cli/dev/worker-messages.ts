/** What `manyhands dev` and its worker process send each other. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface WorkerOrder {
  modules: string[];
  slots: number | undefined;
  natsUrl: string;
}

/** In this order: `loaded` or `refused`; after `go`, `working` or `refused`. */
export type FromWorker =
  { type: 'loaded'; kinds: string[] } | { type: 'working'; kinds: string[] } | { type: 'refused'; reason: string };

export type ToWorker = { type: 'load'; order: WorkerOrder } | { type: 'go' };

export function post(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

export function reasonOf(answer: FromWorker): string {
  if (answer.type !== 'refused') return 'The worker answered out of order.';
  return /[.!?]$/.test(answer.reason) ? answer.reason : `${answer.reason}.`;
}

/** Its next message; its end is a refusal. */
export async function answerOf(child: ChildProcess): Promise<FromWorker> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as FromWorker),
      once(child, 'exit', { signal }).then(([code, killedBy]): FromWorker => ({
        type: 'refused',
        reason: `The worker ended with ${killedBy ?? `code ${code}`} while it was started.`,
      })),
    ]);
  } catch (error) {
    return { type: 'refused', reason: `The worker cannot be started: ${(error as Error).message}` };
  } finally {
    over.abort();
  }
}
