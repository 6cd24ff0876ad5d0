/**
 * Starts a worker for your kinds: it takes their chunks from NATS, computes them in threads, and stores the results.
 *
 * The system has to run already (`npm start`, or your own deployment): a worker makes no streams, it joins.
 */
import { availableParallelism } from 'node:os';
import { openBroker } from '@manyhands/broker';
import { createLogger, openTracer, type Tracer, type TracerSettings } from '@manyhands/observe';
import { NATS_ACCESS_NAMES, natsAccess, type NatsAccess } from '@manyhands/observe/run-service';
import { readSettings } from '@manyhands/proto/settings';
import { memoryLimit, slotsWithin, startWorker as startOver, type WorkerOptions as OverBroker } from '@manyhands/worker';

export interface WorkerOptions extends Pick<OverBroker, 'kindModules' | 'kinds' | 'lanes' | 'slotMemoryMb' | 'log'> {
  /** `nats://[token@]host:port`, comma separated for a cluster. Default: the variable `NATS_URL`, else `nats://127.0.0.1:4222`. */
  natsUrl?: string;
  /** Who it is to NATS, and whom it believes; each is the text of a file. Default: what the variables `MANYHANDS_NATS_…` state. */
  natsAccess?: NatsAccess;
  /** Where its part of the traces of jobs goes. Default: nowhere. */
  traces?: TracerSettings | undefined;
  /** Threads that compute. Default: one for each core, and no more than its memory holds. */
  slots?: number;
}

export interface Worker {
  readonly id: string;
  /** Names of the kinds it computes. */
  readonly kinds: readonly string[];
  /**
   * Ends it: takes nothing new, gives back what has not begun, finishes within `withinMs` (default 20,000) what has, hands the rest to other
   * workers, and leaves NATS. It counts against no chunk.
   */
  stop(withinMs?: number): Promise<void>;
}

/** Rejects with a sentence that states what to change: no NATS there, no system on it, a module that does not load, an unknown kind,
 * more slots than its memory holds. */
export async function startWorker({ natsUrl, natsAccess: given, slots, traces, ...options }: WorkerOptions): Promise<Worker> {
  const allowed = slotsWithin({ slots, cores: availableParallelism(), limitBytes: memoryLimit() });
  if ('wrong' in allowed) throw new Error(`The worker cannot start: slots ${allowed.wrong}.`);
  const url = natsUrl ?? process.env.NATS_URL ?? 'nats://127.0.0.1:4222';
  const access = given ?? natsAccess('The worker', readSettings('The worker', NATS_ACCESS_NAMES, process.env));
  const broker = await openBroker({ url, access, name: 'worker', inbox: 'compute' });
  let tracer: Tracer | undefined;
  try {
    tracer = openTracer(traces, { service: 'worker', log: options.log ?? createLogger('worker') });
    const worker = await startOver({ ...options, broker, tracer, slots: allowed.slots });
    const { id, kinds } = worker;
    let stopping: Promise<void> | undefined;
    const stop = async (withinMs?: number): Promise<void> => {
      await worker.drain(withinMs);
      await Promise.all([broker.close(), tracer?.close()]);
    };
    return { id, kinds, stop: (withinMs) => (stopping ??= stop(withinMs)) };
  } catch (error) {
    await Promise.all([broker.close(), tracer?.close()]);
    throw error;
  }
}
