/** Gives the task code of this worker its turns under rates that all workers share. */
import { clockOf, openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { PaceBook } from './pace-book.ts';
import { PaceLine, type Turn } from './pace-line.ts';
import { ServerClock } from './server-clock.ts';

interface PaceCall {
  name: string;
  perSec: number;
  /** It had its turn, but received it too late. */
  again: boolean;
  /** Nothing waits: for calls that follow. */
  ahead?: boolean;
}

/** Resolves when the call is due, with its turn (times in milliseconds since the epoch); with undefined when `signal` aborts. Never rejects. */
export type PaceWait = (call: PaceCall, signal: AbortSignal) => Promise<Turn | undefined>;

export interface PaceDesk {
  wait: PaceWait;
  close(): void;
}

export async function openPaceDesk(broker: Broker, log: Pick<Logger, 'warn'>): Promise<PaceDesk> {
  const bucket = await openBucket(broker, 'pace');
  const book = new PaceBook(bucket, new ServerClock(() => clockOf(broker, 'work')), log);
  /** By rate and name: two calls of one name may ask for different rates. */
  const lines = new Map<string, PaceLine>();
  return {
    async wait({ name, perSec, again, ahead = false }, signal) {
      const key = `${perSec} ${name}`;
      let line = lines.get(key);
      if (ahead) return line?.ahead();
      if (line === undefined) {
        line = new PaceLine({
          perSec,
          take: book.taker(name, perSec),
          emptied: () => lines.delete(key),
        });
        lines.set(key, line);
      }
      return line.wait(signal, again);
    },
    close: () => book.close(),
  };
}
