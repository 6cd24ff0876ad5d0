/**
 * Which jobs there are, newest first, page by page. Job ids are UUIDv7, so their order is the order of submission and a cursor
 * is just the last id of a page: it stays right while jobs come and go.
 */
import { isFinal, JOB_STATUSES, keys, parseJobKey, type JobStatus } from '@manyhands/proto';
import { isFound, wordsOf } from '@manyhands/proto/job-search';
import { ALL_TENANTS } from '../identity/caller.ts';
import type { FeedEntry } from '../mirror/feed-entry.ts';
import { digestOf, type JobDigest } from '../mirror/job-digest.ts';

export interface JobSearch {
  status?: JobStatus | undefined;
  kind?: string | undefined;
  /** As `name=value`. */
  tag?: string | undefined;
  /** Words that are all in the job. */
  text?: string | undefined;
  /** Only this job and older ones. */
  upTo?: string | undefined;
  /** Only jobs it holds for. */
  isOpen?: ((digest: JobDigest) => boolean) | undefined;
}

export interface PageRequest extends JobSearch {
  limit: number;
  /** Only jobs older than this id. */
  cursor?: string | undefined;
}

export interface Page {
  entries: FeedEntry[];
  /** Undefined on the last page. */
  nextCursor: string | undefined;
}

export interface Count {
  count: number;
  /** Its id; undefined when there is none. */
  newest: string | undefined;
  /** False: there may be more among the oldest, which were not looked at. */
  complete: boolean;
}

/** Jobs that are looked at for one request; some tens of milliseconds. */
const LOOKS_MAX = 50_000;

interface Listed {
  entry: FeedEntry;
  /** The shelf its id is filed on; undefined until it is. */
  shelf: string | undefined;
  /** Those it is filed under. */
  tags: readonly string[];
}

/** Milliseconds of filing at once. */
const sliceMs = 3;

export class JobList {
  /** Job ids by tenant, oldest first: new ones mostly go to the end. */
  readonly #ids = new Map<string, string[]>();
  readonly #listed = new Map<string, Listed>();
  /** The same ids once more, by tenant, and by status and kind, so that a list of the few that fit does not look at all the others. */
  readonly #shelves = new Map<string, Map<string, string[]>>();
  /** The ids of jobs with tags, by tenant and tag. */
  readonly #tagged = new Map<string, Map<string, string[]>>();
  /** What has changed since it was filed. Filing reads the view, so it waits until there is time, or until a client asks for some jobs only. */
  readonly #unfiled = new Set<string>();
  #filing: NodeJS.Immediate | undefined;

  /** Takes in a change. */
  put(entry: FeedEntry): void {
    const address = parseJobKey(entry.key);
    if (!address) return;
    const ids = this.#ids.get(address.tenant) ?? [];
    this.#ids.set(address.tenant, ids);
    const known = this.#listed.get(entry.key);
    if (entry.gone) {
      if (known) remove(ids, address.jobId);
      if (known) this.#moveTo(undefined, address, known);
      if (known) this.#tag([], address, known);
      this.#listed.delete(entry.key);
      this.#unfiled.delete(entry.key);
    } else {
      if (!known) insert(ids, address.jobId);
      this.#listed.set(entry.key, { entry, shelf: known?.shelf, tags: known?.tags ?? [] });
      this.#unfiled.add(entry.key);
      this.#filing ??= setImmediate(() => this.#fileSome());
    }
  }

  constructor(private readonly looksMax = LOOKS_MAX) {}

  /** Of one tenant, or of all (`ALL_TENANTS`). A page ends early where few jobs fit: its cursor leads on. */
  page(tenant: string, { limit, cursor, ...search }: PageRequest): Page {
    const entries: FeedEntry[] = [];
    let last: FeedEntry | undefined;
    let looks = 0;
    for (const { entry, fits } of this.#walk(tenant, search, cursor)) {
      if (looks === this.looksMax) return { entries, nextCursor: idOf(last) };
      if (fits && entries.length === limit) return { entries, nextCursor: idOf(entries.at(-1)) };
      if (fits) entries.push(entry);
      last = entry;
      looks += 1;
    }
    return { entries, nextCursor: undefined };
  }

  /** The same jobs, counted. */
  count(tenant: string, search: JobSearch): Count {
    let [looks, count] = [0, 0];
    let newest: string | undefined;
    for (const { entry, fits } of this.#walk(tenant, search)) {
      if (looks === this.looksMax) return { count, newest, complete: false };
      if (fits) count += 1;
      if (fits) newest ??= idOf(entry);
      looks += 1;
    }
    return { count, newest, complete: true };
  }

  /** Jobs that may fit, newest first, and whether they do. */
  *#walk(tenant: string, search: JobSearch, before?: string): Generator<{ entry: FeedEntry; fits: boolean }> {
    const tenants = tenant === ALL_TENANTS ? [...this.#ids.keys()] : [tenant];
    const lists = tenants.flatMap((one) => this.#listsOf(one, search).map((ids) => ({ tenant: one, ids })));
    const places = lists.map(({ ids }) => Math.min(placeBelow(ids, before), placeUpTo(ids, search.upTo)));
    const words = wordsOf(search.text ?? '');
    for (let key = newest(lists, places); key !== undefined; key = newest(lists, places)) {
      const entry = this.#listed.get(key)?.entry;
      if (entry) yield { entry, fits: fits(entry, search, words) };
    }
  }

  /** Jobs of a tenant that have not ended. */
  unfinished(tenant: string): FeedEntry[] {
    const lists = JOB_STATUSES.filter((status) => !isFinal(status)).flatMap((status) => this.#listsOf(tenant, { status }));
    return lists.flat().flatMap((id) => this.#listed.get(`${tenant}.${id}`)?.entry ?? []);
  }

  #listsOf(tenant: string, { status, kind, tag }: JobSearch): string[][] {
    if (status === undefined && kind === undefined && tag === undefined) return [this.#ids.get(tenant) ?? []];
    for (const key of this.#unfiled) this.#file(key);
    // A tag is on few jobs.
    return tag === undefined ? this.#shelvesOf(tenant, status, kind) : [this.#tagged.get(tenant)?.get(tag) ?? []];
  }

  #shelvesOf(tenant: string, status: JobStatus | undefined, kind: string | undefined): string[][] {
    const shelves = [...(this.#shelves.get(tenant) ?? [])];
    return shelves
      .filter(
        ([shelf]) =>
          (status === undefined || shelf.startsWith(`${status} `)) && (kind === undefined || shelf.endsWith(` ${kind}`)),
      )
      .map(([, ids]) => ids);
  }

  #fileSome(): void {
    const endMs = performance.now() + sliceMs;
    for (const key of this.#unfiled) {
      this.#file(key);
      if (performance.now() > endMs) break;
    }
    this.#filing = this.#unfiled.size > 0 ? setImmediate(() => this.#fileSome()) : undefined;
  }

  #file(key: string): void {
    this.#unfiled.delete(key);
    const listed = this.#listed.get(key);
    const address = parseJobKey(key);
    if (!listed || !address) return;
    const digest = digestOf(listed.entry);
    this.#moveTo(digest && `${digest.status} ${digest.kind}`, address, listed);
    this.#tag(digest?.tags ?? [], address, listed);
  }

  #tag(tags: readonly string[], { tenant, jobId }: { tenant: string; jobId: string }, listed: Listed): void {
    if (tags.length === 0 && listed.tags.length === 0) return;
    const tagged = this.#tagged.get(tenant) ?? new Map<string, string[]>();
    this.#tagged.set(tenant, tagged);
    for (const tag of listed.tags) {
      const ids = tagged.get(tag)!;
      if (tags.includes(tag)) continue;
      remove(ids, jobId);
      if (ids.length === 0) tagged.delete(tag);
    }
    for (const tag of tags) {
      if (listed.tags.includes(tag)) continue;
      const ids = tagged.get(tag) ?? [];
      insert(ids, jobId);
      tagged.set(tag, ids);
    }
    listed.tags = tags;
  }

  #moveTo(shelf: string | undefined, { tenant, jobId }: { tenant: string; jobId: string }, listed: Listed): void {
    if (listed.shelf === shelf) return;
    const shelves = this.#shelves.get(tenant) ?? new Map<string, string[]>();
    this.#shelves.set(tenant, shelves);
    const before = listed.shelf === undefined ? undefined : shelves.get(listed.shelf);
    if (before) remove(before, jobId);
    if (before?.length === 0) shelves.delete(listed.shelf!);
    if (shelf !== undefined) {
      const ids = shelves.get(shelf) ?? [];
      insert(ids, jobId);
      shelves.set(shelf, ids);
    }
    listed.shelf = shelf;
  }
}

/** Shelves hold by status and kind, and what is no view fits where nothing is asked. */
function fits(entry: FeedEntry, { status, kind, tag, isOpen }: JobSearch, words: readonly string[]): boolean {
  if (tag === undefined && isOpen === undefined && words.length === 0) return true;
  const digest = digestOf(entry);
  return (
    digest !== undefined &&
    (status === undefined || digest.status === status) &&
    (kind === undefined || digest.kind === kind) &&
    (isOpen === undefined || isOpen(digest)) &&
    isFound(words, idOf(entry) ?? '', digest.kind, digest.text ?? '')
  );
}

function idOf(entry: FeedEntry | undefined): string | undefined {
  return entry && parseJobKey(entry.key)?.jobId;
}

/** Takes the newest id below the places, moves the place it stood at, and returns its key. */
function newest(lists: readonly { tenant: string; ids: string[] }[], places: number[]): string | undefined {
  let best = -1;
  for (const [index, { ids }] of lists.entries()) {
    if (places[index]! > 0 && (best < 0 || ids[places[index]! - 1]! > lists[best]!.ids[places[best]! - 1]!)) best = index;
  }
  if (best < 0) return undefined;
  places[best]! -= 1;
  const { tenant, ids } = lists[best]!;
  return keys.job(tenant, ids[places[best]!]!);
}

function insert(ids: string[], id: string): void {
  if (ids.length === 0 || ids.at(-1)! < id) ids.push(id);
  else ids.splice(placeOf(ids, id), 0, id);
}

function remove(ids: string[], id: string): void {
  ids.splice(placeOf(ids, id), 1);
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

function placeBelow(ids: readonly string[], id: string | undefined): number {
  return id === undefined ? ids.length : placeOf(ids, id);
}

function placeUpTo(ids: readonly string[], id: string | undefined): number {
  if (id === undefined) return ids.length;
  const place = placeOf(ids, id);
  return ids[place] === id ? place + 1 : place;
}
