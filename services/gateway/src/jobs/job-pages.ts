/** Pages of the caller's jobs as the bytes they are stored as. What is no view of this release is left out: it must not break the list it stands in. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { JobView, parseJobKey } from '@manyhands/proto';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf } from '../mirror/job-digest.ts';
import { JobViews } from '../mirror/job-views.ts';
import { JobList, type Count, type JobSearch, type Page, type PageRequest } from './job-list.ts';

/** Bytes of views in one page: past them a page ends early, and its cursor leads on. */
const PAGE_BYTES_MAX = 8 * 1024 ** 2;

@Injectable()
export class JobPages implements OnModuleInit {
  readonly #list = new JobList();

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  onModuleInit(): void {
    this.feeds.jobs.listen((entry) => this.#list.put(entry));
  }

  /** Jobs of a tenant that have not ended, and which of them run again after a requeue. Throws `unavailable`. */
  async unfinished(tenant: string): Promise<{ count: number; again: string[] }> {
    await this.feeds.confirm('jobs');
    const entries = this.#list.unfinished(tenant);
    const again = entries.filter((entry) => (digestOf(entry)?.round ?? 0) > 0);
    return { count: entries.length, again: again.map(({ key }) => parseJobKey(key)!.jobId) };
  }

  /** Throws `unavailable`. */
  async count(tenant: string, search: JobSearch): Promise<Count> {
    await this.feeds.confirm('jobs');
    return this.#list.count(tenant, search);
  }

  /** Throws `unavailable`. */
  async find(tenant: string, request: PageRequest): Promise<Page> {
    await this.feeds.confirm('jobs');
    return this.#list.page(tenant, request);
  }

  /** The page as JSON: `{"jobs":[…],"next_cursor":null}`. Throws `unavailable`. */
  async read(tenant: string, request: PageRequest): Promise<Buffer> {
    const { entries, nextCursor } = await this.find(tenant, request);
    const forgotten = entries.filter((entry) => !entry.value).map((entry) => entry.key);
    const reread = new Map(
      forgotten.length === 0
        ? []
        : (await this.views.values(forgotten)).map((value, index) => [forgotten[index], value] as const),
    );
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let cursor = nextCursor;
    for (const [index, entry] of entries.entries()) {
      const value = entry.value ?? reread.get(entry.key);
      if (!value || digestOf(entry) === undefined) continue;
      parts.push(value);
      bytes += value.length;
      if (bytes < PAGE_BYTES_MAX || index === entries.length - 1) continue;
      cursor = parseJobKey(entry.key)?.jobId;
      break;
    }
    const separated = parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from(','), part]));
    return Buffer.concat([
      Buffer.from('{"jobs":['),
      ...separated,
      Buffer.from(`],"next_cursor":${JSON.stringify(cursor ?? null)}}`),
    ]);
  }

  /** The page as views. One whose fields are not those of this release is left out, whatever its kind and its state are. Throws `unavailable`. */
  async readViews(tenant: string, request: PageRequest): Promise<{ jobs: JobView[]; nextCursor: string | undefined }> {
    const page = JSON.parse((await this.read(tenant, request)).toString()) as { jobs: unknown[]; next_cursor: string | null };
    const jobs = page.jobs.flatMap((stored) => JobView.safeParse(stored).data ?? []);
    return { jobs, nextCursor: page.next_cursor ?? undefined };
  }
}
