/**
 * What computing a lease comes to. A partial is the list of the chunks in it, so the result of a job shows which chunk was counted how often,
 * and the value computed directly is the list of all chunks.
 */
import type { WireError } from '@manyhands/proto';
import type { Random } from './random.ts';
import type { SimulatedJob } from './scenario.ts';

export type Task = { op: 'compute'; begin: number; end: number; total: number } | { op: 'merge'; partials: readonly unknown[] };

export type Computed =
  | {
      is: 'computed';
      partial?: string;
      failed: { chunk: number; error: WireError & { code: 'compute_failed' | 'compute_refused' } }[];
      leftFrom?: number;
      computeMs: number;
    }
  | { is: 'failed'; error: WireError }
  | { is: 'crashed'; reason: string; done: number };

export function compute(job: SimulatedJob, task: Task, random: Random): Computed {
  if (task.op === 'merge') {
    const merged = task.partials.flatMap((partial) => partial as number[]);
    return { is: 'computed', partial: JSON.stringify(merged), failed: [], computeMs: 1 };
  }
  const good: number[] = [];
  const failed: Extract<Computed, { is: 'computed' }>['failed'] = [];
  for (let chunk = task.begin; chunk < task.end; chunk += 1) {
    switch (job.fates[chunk]) {
      case 'killer':
        return { is: 'crashed', reason: `chunk ${chunk} kills its thread`, done: chunk - task.begin };
      case 'poison':
        failed.push({ chunk, error: { code: 'compute_failed', message: 'poison', retryable: true } });
        break;
      case 'refused':
        failed.push({ chunk, error: { code: 'compute_refused', message: 'refused', retryable: false } });
        break;
      case 'flaky':
        if (random.chance(0.4)) failed.push({ chunk, error: { code: 'compute_failed', message: 'flaky', retryable: true } });
        else good.push(chunk);
        break;
      default:
        good.push(chunk);
    }
  }
  const computed = { is: 'computed' as const, failed, computeMs: job.chunkMs * (task.end - task.begin) };
  return good.length > 0 ? { ...computed, partial: JSON.stringify(good) } : computed;
}
