/**
 * Makes the keys of our own nats-server, and its streams and buckets before any service starts, which none of them may make.
 *
 * Apart from what starts the server: the client of NATS takes half a second to load, which passes while the project is built.
 */
import {
  keepIdentityKeys,
  mendStreams,
  openBroker,
  provision,
  type IdentityKeys,
  type ProvisionOptions,
} from '@manyhands/broker';
import { isManyhandsError } from '@manyhands/proto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from '../refusal.ts';

const againMs = 500;

/** Throws a refusal when a file holds no key. */
export function keysIn(folder: string): IdentityKeys {
  return refusing(() => keepIdentityKeys(folder));
}

export interface StreamsSetting extends Pick<ProvisionOptions, 'retentionHours' | 'storageGb'> {
  url: string;
  /** File with the key of the provisioning identity. */
  keyFile: string;
  /** Called once, when the server cannot make them yet: its disk may be full. */
  waiting: (why: string) => void;
  signal?: AbortSignal | undefined;
}

/** Resolves when every stream and bucket is there. Throws a refusal when no waiting mends what is wrong, and rejects when it is aborted. */
export async function provideStreams({ url, keyFile, waiting, signal, ...chosen }: StreamsSetting): Promise<void> {
  const access = { nkey: readFileSync(keyFile, 'utf8').trim() };
  for (let tries = 0; ; tries += 1) {
    try {
      const broker = await openBroker({ url, access, name: 'provision' });
      try {
        return await provision(broker, { ...chosen, as: 'provision' });
      } finally {
        await broker.close();
      }
    } catch (error) {
      if (!isManyhandsError(error) || !error.retryable) throw refusalOf(error);
      signal?.throwIfAborted();
      if (tries === 0) waiting(error.message);
      await wait(againMs, undefined, signal ? { signal } : {});
    }
  }
}

export interface KeptStreams extends Omit<StreamsSetting, 'waiting' | 'signal'> {
  say: (line: string) => void;
  everyMs?: number;
}

/** Puts right what an operator removes or changes while the services run, none of which may. Returns what ends it. A server that does not answer is looked after by others. */
export function keepStreams({ url, keyFile, say, everyMs = 4_000, ...chosen }: KeptStreams): () => void {
  const access = { nkey: readFileSync(keyFile, 'utf8').trim() };
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let problem: string | undefined;
  const look = async (): Promise<void> => {
    const broker = await openBroker({ url, access, name: 'provision' });
    try {
      const mended = await mendStreams(broker, { ...chosen, as: 'provision' });
      if (mended.length > 0) say(`${mended.join(', ')} on NATS: removed or changed by hand, and now as needed again.`);
    } finally {
      await broker.close();
    }
  };
  const report = (error: unknown): void => {
    if (isStopped || (isManyhandsError(error) && error.retryable)) return;
    const { message } = error as Error;
    if (message !== problem) say(`The streams on NATS are not as needed: ${message}`);
    problem = message;
  };
  const next = (): void => {
    timer = setTimeout(() => {
      void look()
        .then(() => void (problem = undefined), report)
        .finally(() => void (isStopped || next()));
    }, everyMs);
  };
  next();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

function refusing<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What is known is a sentence; anything else keeps its stack. */
function refusalOf(error: unknown): unknown {
  return isManyhandsError(error) ? new Refusal(`Manyhands cannot start: ${error.message}`, { cause: error }) : error;
}
