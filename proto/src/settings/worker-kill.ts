/**
 * Ending a worker by a request, to watch that the count stays right: where that may be, and what a gateway and the launcher that started it
 * (`npm start`) send each other about it. They do so over the IPC channel between parent and child, which no other process has. Pure.
 */
import { isLoopback } from './open-access.ts';
import type { Settings } from './settings.ts';

type Given = Pick<Settings, 'MANYHANDS_WORKER_KILL' | 'AUTH' | 'HOST' | 'MANYHANDS_ORIGINS' | 'MANYHANDS_TRUSTED_PROXIES'>;

/** Environment variable by which a launcher states to its gateway (`1`) that it ends a worker when it is asked to. */
export const KILLS_WORKERS = 'MANYHANDS_KILLS_WORKERS';

/** Whether a system is for the users of this machine alone, who may end its processes anyway: nothing leads to it from elsewhere. */
export function mayKillWorkers(given: Given): boolean {
  return (
    given.MANYHANDS_WORKER_KILL === 'on' &&
    given.AUTH === 'off' &&
    isLoopback(given.HOST) &&
    given.MANYHANDS_ORIGINS.length === 0 &&
    given.MANYHANDS_TRUSTED_PROXIES.length === 0
  );
}

/** The order of a gateway. */
export interface KillWorker {
  type: 'KillWorker';
  /** Of the order; its answer has the same. */
  id: number;
}

/** The answer of its launcher. */
export interface WorkerKilled {
  type: 'WorkerKilled';
  id: number;
  /** Null: no worker process runs at the moment. */
  worker: { name: string; pid: number } | null;
}

/** What came over the channel, as an order; undefined when it is none. */
export function readKillWorker(message: unknown): KillWorker | undefined {
  const { type, id } = fieldsOf(message);
  return type === 'KillWorker' && Number.isSafeInteger(id) ? { type, id: id as number } : undefined;
}

/** What came over the channel, as the answer to the order `id`; undefined when it is none. */
export function readWorkerKilled(message: unknown, id: number): WorkerKilled | undefined {
  const { type, id: of, worker } = fieldsOf(message);
  if (type !== 'WorkerKilled' || of !== id) return undefined;
  const { name, pid } = fieldsOf(worker);
  return { type, id, worker: typeof name === 'string' && typeof pid === 'number' ? { name, pid } : null };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
