/** Reads a job for who has a link to it: its view as it is now, and the beginning of a result that is stored apart. */
import { Inject, Injectable } from '@nestjs/common';
import { limits } from '@manyhands/proto';
import { notFound, Problem } from '../edge/problem.ts';
import { JobViews } from '../mirror/job-views.ts';
import { JobResults } from '../results/job-results.ts';
import { rangeOf } from '../results/result-lines.ts';
import { beginningOf, sharedView, type SharedView } from './shared-view.ts';
import { ShareLinks } from './share-links.ts';

@Injectable()
export class SharedJobs {
  constructor(
    @Inject(ShareLinks) private readonly links: ShareLinks,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobResults) private readonly results: JobResults,
  ) {}

  /** Throws the same 404 for whatever is wrong with a link and for a job that is gone, and `unavailable`. */
  async read(token: string): Promise<SharedView> {
    const link = await this.links.find(token);
    const view = link && (await this.views.load(link.tenant, link.job_id));
    if (!link || !view?.value) throw notFound('This link is not good (any more): it has ended, was revoked, or its job is gone.');
    const shared = sharedView(Buffer.from(view.value).toString(), link.expires_at);
    const isElsewhere = shared.result_bytes !== null && shared.result_part === null && shared.result === null;
    return isElsewhere ? { ...shared, result_part: await this.#beginning(link.tenant, link.job_id, shared) } : shared;
  }

  /** Null where it is kept no longer. */
  async #beginning(tenant: string, jobId: string, { output }: SharedView): Promise<string | null> {
    try {
      const pieces = output === 'lines' ? this.#lines(tenant, jobId) : this.#answer(tenant, jobId);
      const read: Uint8Array[] = [];
      let bytes = 0;
      for await (const piece of pieces) {
        read.push(piece);
        bytes += piece.length;
        if (bytes >= limits.sharedPartBytesMax) break;
      }
      return beginningOf(Buffer.concat(read));
    } catch (error) {
      if (error instanceof Problem && [404, 409, 410].includes(error.getStatus())) return null;
      throw error;
    }
  }

  async *#lines(tenant: string, jobId: string): AsyncGenerator<Uint8Array, void> {
    const lines = await this.results.lines(tenant, jobId);
    for await (const { bytes } of lines.read(rangeOf({}))) yield bytes;
  }

  async *#answer(tenant: string, jobId: string): AsyncGenerator<Uint8Array, void> {
    const answer = await this.results.answer(tenant, jobId);
    yield* answer.pieces({ from: 0, bytes: Math.min(answer.bytes, limits.sharedPartBytesMax) });
  }
}
