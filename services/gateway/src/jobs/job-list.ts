/**
 * Which jobs there are, newest first, page by page. Job ids are UUIDv7, so their order is the order of submission and a cursor
 * is just the last id of a page: it stays right while jobs come and go.
 */
import type { JobStatus } from '@manyhands/proto';
import { parseJobKey } from '@manyhands/proto';
import type { FeedEntry } from '../progress/feed-entry.ts';
import { digestOf } from '../progress/job-digest.ts';

export interface PageRequest {
  status: JobStatus | undefined;
  kind: string | undefined;
  limit: number;
  /** Only jobs older than this id. */
  cursor: string | undefined;
}

export interface Page {
  entries: FeedEntry[];
  /** Undefined on the last page. */
  nextCursor: string | undefined;
}

export class JobList {
  /** Job ids by tenant, oldest first: new ones mostly go to the end. */
  readonly #ids = new Map<string, string[]>();
  readonly #entries = new Map<string, FeedEntry>();

  /** Takes in a change. */
  put(entry: FeedEntry): void {
    const address = parseJobKey(entry.key);
    if (!address) return;
    const ids = this.#ids.get(address.tenant) ?? [];
    this.#ids.set(address.tenant, ids);
    const isKnown = this.#entries.has(entry.key);
    if (entry.gone) {
      if (isKnown) ids.splice(placeOf(ids, address.jobId), 1);
      this.#entries.delete(entry.key);
    } else {
      if (!isKnown) ids.splice(placeOf(ids, address.jobId), 0, address.jobId);
      this.#entries.set(entry.key, entry);
    }
  }

  page(tenant: string, { status, kind, limit, cursor }: PageRequest): Page {
    const ids = this.#ids.get(tenant) ?? [];
    const entries: FeedEntry[] = [];
    let index = cursor === undefined ? ids.length : placeOf(ids, cursor);
    while (index > 0 && entries.length <= limit) {
      index -= 1;
      const entry = this.#entries.get(`${tenant}.${ids[index]}`);
      if (entry && fits(entry, status, kind)) entries.push(entry);
    }
    const hasMore = entries.length > limit;
    if (hasMore) entries.pop();
    return { entries, nextCursor: hasMore ? parseJobKey(entries.at(-1)?.key ?? '')?.jobId : undefined };
  }
}

function fits(entry: FeedEntry, status: JobStatus | undefined, kind: string | undefined): boolean {
  if (status === undefined && kind === undefined) return true;
  const digest = digestOf(entry);
  return digest !== undefined && (status === undefined || digest.status === status) && (kind === undefined || digest.kind === kind);
}

/** Index of the first id that is not smaller. */
function placeOf(ids: readonly string[], id: string): number {
  let from = 0;
  let to = ids.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ids[middle] ?? '') < id) from = middle + 1;
    else to = middle;
  }
  return from;
}
