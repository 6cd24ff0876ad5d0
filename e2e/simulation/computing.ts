/**
 * What computing a lease comes to. A partial is the list of the chunks in it, so the result of a job shows which chunk was counted how often,
 * and the value computed directly is the list of all chunks.
 */
import type { WireError } from '@manyhands/proto';
import { NO_JSON } from './garbage.ts';
import { leftOf, mergedInOrder, type Left } from './kept-order.ts';
import { chunksOf, partialOf } from './partials.ts';
import type { Random } from './random.ts';
import type { SimulatedJob } from './scenario.ts';

export type Task =
  { op: 'compute'; begin: number; end: number; total: number } | { op: 'merge'; partials: readonly unknown[]; last?: boolean };

export type Computed =
  | ({
      is: 'computed';
      failed: { chunk: number; error: WireError & { code: 'compute_failed' | 'compute_refused' } }[];
      leftFrom?: number;
      computeMs: number;
    } & Left)
  | { is: 'failed'; error: WireError }
  | { is: 'crashed'; reason: string; done: number };

const LONG = ' and so on'.repeat(150);

export function compute(job: SimulatedJob, task: Task, random: Random): Computed {
  return task.op === 'merge' ? merged(job, task, random) : computed(job, task, random);
}

function computed(job: SimulatedJob, task: Extract<Task, { op: 'compute' }>, random: Random): Computed {
  const good: number[] = [];
  const failed: Extract<Computed, { is: 'computed' }>['failed'] = [];
  const computeMs = job.chunkMs * (task.end - task.begin);
  const words = job.nature === 'wordy' ? LONG : '';
  // Of an order nothing may be missing in the middle.
  const endsAtFailure = job.kept?.output === 'ordered';
  let chunk = task.begin;
  for (; chunk < task.end && !(endsAtFailure && failed.length > 0); chunk += 1) {
    switch (job.fates[chunk]) {
      case 'killer':
        return { is: 'crashed', reason: `chunk ${chunk} kills its thread`, done: chunk - task.begin };
      case 'garbled':
        return { is: 'computed', partial: NO_JSON, failed: [], computeMs };
      case 'poison':
        failed.push({ chunk, error: { code: 'compute_failed', message: `poison${words}`, retryable: true } });
        break;
      case 'refused':
        failed.push({ chunk, error: { code: 'compute_refused', message: `refused${words}`, retryable: false } });
        break;
      case 'flaky':
        if (random.chance(0.4)) failed.push({ chunk, error: { code: 'compute_failed', message: 'flaky', retryable: true } });
        else good.push(chunk);
        break;
      default:
        good.push(chunk);
    }
  }
  const result = { is: 'computed' as const, failed, ...(chunk < task.end && { leftFrom: chunk }), computeMs };
  if (good.length === 0) return result;
  return { ...result, ...(job.kept ? leftOf(job.kept, good, random) : { partial: partialOf(job.nature, good) }) };
}

function merged(
  { nature, merges, kept }: SimulatedJob,
  { partials, last }: Extract<Task, { op: 'merge' }>,
  random: Random,
): Computed {
  const failed = (retryable: boolean): Computed => ({
    is: 'failed',
    error: { code: retryable ? 'compute_failed' : 'compute_refused', message: 'cannot be merged', retryable },
  });
  switch (merges) {
    case 'flaky':
      if (random.chance(0.3)) return failed(true);
      break;
    case 'throws':
      return failed(true);
    case 'refuses':
      return failed(false);
    case 'nothing':
      return { is: 'computed', failed: [], computeMs: 1 };
    case 'garbled':
      return { is: 'computed', partial: NO_JSON, failed: [], computeMs: 1 };
    case 'killer':
      return { is: 'crashed', reason: 'the merge kills its thread', done: 0 };
    case 'good':
  }
  try {
    if (kept) return { is: 'computed', ...mergedInOrder(kept, partials, last === true, random), failed: [], computeMs: 1 };
    const chunks = partials.flatMap((partial) => chunksOf(nature, partial));
    return { is: 'computed', partial: partialOf(nature, chunks), failed: [], computeMs: 1 };
  } catch (error) {
    return { is: 'failed', error: { code: 'compute_refused', message: String(error), retryable: false } };
  }
}
