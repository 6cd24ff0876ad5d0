/**
 * Repeats a request until the server answers it: over reconnects, server restarts and leader elections.
 *
 *   waiting for the connection ──up──▶ asking ──answered──▶ done
 *            ▲                           │
 *            └──── connection lost, no answer, not yet ────┘        past the deadline ──▶ `unavailable`
 *
 * Invariant: what is asked may have been carried out before the answer was lost, so `work` must bear being repeated. A lost
 * connection ends a try at once instead of after its timeout: after `kill -9` of the server the answer never comes.
 */
import { ManyhandsError } from '@manyhands/proto';
import type { Broker } from './broker.ts';
import { ConnectionLost, refusalOf } from './refusal.ts';

/** Milliseconds a caller waits for a server that is away; a restart takes one to three seconds. */
export const PATIENCE_MS = 15_000;
const pauseMsFirst = 20;
const pauseMsMax = 500;

interface Lifeline {
  connected: boolean;
  /** Called when the connection is lost. */
  readonly asking: Set<(error: ConnectionLost) => void>;
  /** Called when it is back. */
  readonly waiting: Set<() => void>;
}

const lifelines = new WeakMap<Broker, Lifeline>();

/** `repeated` is true from the second try on, when an earlier try may have been carried out. */
export async function insist<T>(
  broker: Broker,
  what: string,
  work: (repeated: boolean) => Promise<T>,
  withinMs = PATIENCE_MS,
): Promise<T> {
  const lifeline = lifelineOf(broker);
  const deadlineMs = Date.now() + withinMs;
  let pauseMs = pauseMsFirst;
  for (let tries = 0; ; tries += 1) {
    try {
      if (!lifeline.connected) await backWithin(lifeline, broker, deadlineMs - Date.now());
      return await whileConnected(lifeline, work(tries > 0));
    } catch (error) {
      if (refusalOf(error) !== 'away') throw error;
      if (broker.connection.isClosed() || Date.now() + pauseMs >= deadlineMs) {
        throw new ManyhandsError('unavailable', `the NATS server did not answer in time (${what})`, { cause: error });
      }
      await new Promise((resume) => setTimeout(resume, pauseMs * (0.5 + Math.random() / 2)));
      pauseMs = Math.min(pauseMs * 2, pauseMsMax);
    }
  }
}

function lifelineOf(broker: Broker): Lifeline {
  const known = lifelines.get(broker);
  if (known !== undefined) return known;
  const lifeline: Lifeline = { connected: true, asking: new Set(), waiting: new Set() };
  lifelines.set(broker, lifeline);
  broker.onConnected((connected) => {
    lifeline.connected = connected;
    if (connected) for (const resume of [...lifeline.waiting]) resume();
    else for (const abandon of [...lifeline.asking]) abandon(new ConnectionLost('the connection was lost'));
  });
  return lifeline;
}

/** Not `Promise.race`: racing against a promise that lives as long as the process keeps every loser alive. */
function whileConnected<T>(lifeline: Lifeline, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    lifeline.asking.add(reject);
    work.then(resolve, reject).finally(() => lifeline.asking.delete(reject));
  });
}

function backWithin(lifeline: Lifeline, broker: Broker, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    function end(settle: () => void): void {
      clearTimeout(timer);
      lifeline.waiting.delete(back);
      settle();
    }
    const back = () => end(resolve);
    const timer = setTimeout(() => end(() => reject(new ConnectionLost('still not connected'))), Math.max(0, withinMs));
    lifeline.waiting.add(back);
    if (broker.connection.isClosed()) end(() => reject(new ConnectionLost('the connection is closed')));
  });
}
