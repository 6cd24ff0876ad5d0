/** "Run again": the address that opens the form with what a job was, all of it, and back. Pure. */
import type { JobView, Lane } from '@manyhands/proto';
import { lanes } from './status.ts';
import { notifyFrom } from './notify.ts';
import { maxFailedText, tagsFrom, tagsText, usualBounds } from './bounds.ts';
import type { TryingChoice } from './trying.ts';

export interface Again {
  kind: string;
  params: Record<string, unknown> | null;
  chunks: number | null;
  /** Which its chunks were cut from; null: none. */
  input: { id: string; records: number } | null;
  priority: Lane;
  trying: TryingChoice;
}

type Known = Pick<
  JobView,
  | 'kind'
  | 'params'
  | 'input'
  | 'total_chunks'
  | 'priority'
  | 'on_dead_chunk'
  | 'max_attempts'
  | 'soft_limit_sec'
  | 'hard_limit_sec'
  | 'at_once'
  | 'max_failed'
  | 'tags'
  | 'notify'
>;

export function usualTrying(onDeadChunk: TryingChoice['onDeadChunk']): TryingChoice {
  return { attempts: undefined, softLimitSec: undefined, hardLimitSec: undefined, onDeadChunk, ...usualBounds };
}

export function againAddress(job: Known): string {
  const query = new URLSearchParams({
    kind: job.kind,
    params: JSON.stringify(job.params),
    ...(job.input ? { input: job.input.id, records: String(job.input.records) } : { chunks: String(job.total_chunks) }),
    priority: job.priority,
  });
  for (const name of ['on_dead_chunk', 'max_attempts', 'soft_limit_sec', 'hard_limit_sec', 'at_once'] as const) {
    const value = job[name];
    if (value !== undefined) query.set(name, String(value));
  }
  if (job.max_failed) query.set('max_failed', maxFailedText(job.max_failed));
  if (job.tags) query.set('tags', JSON.stringify(job.tags));
  if (job.notify) query.set('notify', JSON.stringify(job.notify));
  return `/new?${query}`;
}

/** What an address says; whatever it says wrong is left out. */
export function againOf(query: { get(name: string): string | null }): Again {
  return {
    kind: query.get('kind') ?? '',
    params: paramsOf(query.get('params')),
    chunks: positive(query.get('chunks')) ?? null,
    input: inputOf(query),
    priority: lanes.find((lane) => lane === query.get('priority')) ?? 'normal',
    trying: {
      attempts: positive(query.get('max_attempts')),
      softLimitSec: positive(query.get('soft_limit_sec')),
      hardLimitSec: positive(query.get('hard_limit_sec')),
      atOnce: positive(query.get('at_once')),
      maxFailed: query.get('max_failed') ?? '',
      tags: tagsText(tagsFrom(query.get('tags') ?? '') ?? {}),
      ...notifyFrom(query.get('notify')),
      onDeadChunk: query.get('on_dead_chunk') === 'continue' ? 'continue' : 'fail',
    },
  };
}

function inputOf(query: { get(name: string): string | null }): Again['input'] {
  const id = query.get('input');
  return id ? { id, records: positive(query.get('records')) ?? 0 } : null;
}

function positive(text: string | null): number | undefined {
  const number = Number(text ?? '');
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function paramsOf(text: string | null): Record<string, unknown> | null {
  try {
    const params: unknown = JSON.parse(text ?? 'null');
    return typeof params === 'object' && !Array.isArray(params) ? (params as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
