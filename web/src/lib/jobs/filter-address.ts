/** What the list of jobs shows lives in its address, so that a filtered list can be linked and gone back to. */
import { limits } from '@manyhands/proto/limits';
import type { JobFilter } from '../api.ts';
import { isJobStatus } from './status.ts';

export interface ListFilter extends JobFilter {
  /** Jobs with this tag, as `name=value`. */
  tag: string | null;
  /** Words that are all in the job. */
  text: string | null;
}

export const noFilter: ListFilter = { status: null, kind: null, tag: null, text: null };

/** Reads the filters; a status that does not exist is none, and neither is a text without a word. */
export function filterOf(query: { get(name: string): string | null }): ListFilter {
  const status = query.get('status');
  const text = query.get('text')?.slice(0, limits.searchCharsMax) ?? '';
  return {
    status: isJobStatus(status) ? status : null,
    kind: query.get('kind') || null,
    tag: query.get('tag') || null,
    text: text.trim() === '' ? null : text,
  };
}

/** With the id of the job that is shown beside the list. */
export function filterAddress({ status, kind, tag, text }: ListFilter, shown: string | null = null): string {
  const query = new URLSearchParams({
    ...(status && { status }),
    ...(kind && { kind }),
    ...(tag && { tag }),
    ...(text && { text }),
    ...(shown && { job: shown }),
  });
  return query.size > 0 ? `/jobs?${query}` : '/jobs';
}

/** What the API is asked for. */
export function searchOf({ status, kind, tag, text }: ListFilter) {
  return { ...(status && { status }), ...(kind && { kind }), ...(tag && { tag }), ...(text && { text }) };
}
