/** Ends a worker process of this machine, where the system is for this machine alone. */
import { session } from '../account/session.svelte.ts';

interface KilledWorker {
  /** As its log calls it. */
  worker: string;
  pid: number;
}

/** Rejects with an `Error` whose message is the sentence of the gateway. */
export async function killWorker(): Promise<KilledWorker> {
  const answer = await session.fetch('/v1/local/kill-worker', { method: 'POST' }).catch(() => undefined);
  const body = (await answer?.json().catch(() => ({}))) as Partial<KilledWorker & { detail: string }> | undefined;
  if (!answer?.ok || body?.pid === undefined) throw new Error(body?.detail ?? 'The gateway does not answer.');
  return { worker: body.worker ?? 'A worker', pid: body.pid };
}
