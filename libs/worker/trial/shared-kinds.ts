/** Kinds of which many chunks wait in one thread, for tests. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { defineTask, RetryLater } from '../src/task.ts';

let waiting = 0;

interface Waits {
  ms?: number;
  /** Goes on when it is cancelled. */
  isDeaf?: boolean;
  /** Throws where nothing catches it, after so many milliseconds. */
  strayMs?: number;
  /** Computes without a pause for so long, once `ms` are over. */
  blockMs?: number;
  exits?: boolean;
  /** Written when it begins, or begins to compute without a pause. */
  begun?: string;
  /** Writes a line there for each chunk that is over. */
  diary?: string;
  logs?: boolean;
}

/** Its partial: in which thread, and how many waited at once. */
export const waits = defineTask<Waits, number, { thread: number; atOnce: number }[]>({
  name: 'waits',
  params: { type: 'object' },
  concurrency: 8,
  chunks: 8,
  split: (_params, index) => index,
  async compute(index, { params, signal, attempt }) {
    waiting += 1;
    const atOnce = waiting;
    try {
      const begin = (): void => void (params.begun !== undefined && appendFileSync(params.begun, 'begun'));
      if (params.blockMs === undefined) begin();
      if (params.strayMs !== undefined && attempt === 1) setTimeout(stray, params.strayMs);
      await sleep(params.ms ?? 0, undefined, params.isDeaf ? {} : { signal });
      // Only now: a cancellation would still be heard above.
      if (params.blockMs !== undefined) begin();
      const endMs = performance.now() + (params.blockMs ?? 0);
      while (performance.now() < endMs);
      if (params.exits) process.exit(3);
      if (params.diary !== undefined) appendFileSync(params.diary, `${index}\n`);
      if (params.logs) console.log(`chunk ${index}`);
      return [{ thread: threadId, atOnce }];
    } finally {
      waiting -= 1;
    }
  },
  merge: (left, right) => [...left, ...right],
});

function stray(): void {
  throw new Error('nothing catches this');
}

/** Appends to `diary` when each call has its turn. */
export const paced = defineTask<{ key: string; perSec: number; diary: string; calls?: number }, number, number>({
  name: 'paced',
  params: { type: 'object' },
  concurrency: 40,
  softLimitSec: 1,
  hardLimitSec: 2,
  split: (_params, index) => index,
  async compute(_index, { params, pace }) {
    for (let call = 0; call < (params.calls ?? 1); call += 1) {
      await pace(params.key, { perSec: params.perSec });
      appendFileSync(params.diary, `${Date.now()} ${process.pid} ${threadId}\n`);
    }
    return 1;
  },
  merge: (left, right) => left + right,
});

/** Computes in a thread of its own, and calls under a rate as well. */
export const alone = defineTask<{ key: string; perSec: unknown; name?: unknown }, number, number>({
  name: 'alone',
  params: { type: 'object' },
  split: (_params, index) => index,
  async compute(_index, { params, pace }) {
    await pace((params.name ?? params.key) as string, { perSec: params.perSec as number });
    return 1;
  },
  merge: (left, right) => left + right,
});

/** Its server is busy at first. */
export const busy = defineTask<{ afterMs: number; diary: string }, number, number>({
  name: 'busy',
  params: { type: 'object' },
  concurrency: 2,
  split: (_params, index) => index,
  compute(_index, { params, attempt }) {
    appendFileSync(params.diary, `${Date.now()}\n`);
    if (attempt === 1) throw new RetryLater('the server is busy', params.afterMs);
    return 1;
  },
  merge: (left, right) => left + right,
});
