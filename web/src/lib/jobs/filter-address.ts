/** The filters of the job history live in its address, so that a filtered list can be linked and gone back to. */
import type { JobFilter } from '../api.ts';
import { isJobStatus } from './status.ts';

/** Reads the filters; a status that does not exist is none. */
export function filterOf(query: { get(name: string): string | null }): JobFilter {
  const status = query.get('status');
  return { status: isJobStatus(status) ? status : null, kind: query.get('kind') || null };
}

export function filterAddress({ status, kind }: JobFilter): string {
  const query = new URLSearchParams({ ...(status && { status }), ...(kind && { kind }) });
  return query.size > 0 ? `/jobs?${query}` : '/jobs';
}
