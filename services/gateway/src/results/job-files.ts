/** The files that the task code of a job left, as its tenant may read them. */
import { Inject, Injectable } from '@nestjs/common';
import { filesOf, findFile, readObject } from '@manyhands/broker';
import { type Answer, FileName, type FileRecord } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { jobNotFound, notFound } from '../edge/problem.ts';
import { JobViews } from '../mirror/job-views.ts';
import { buffersOf, whileStored } from './stored-pieces.ts';

const tooSlow = 'The files could not be reached in time because NATS does not answer; try again in a few seconds.';
const goneText = 'The files of this job are kept no longer.';

interface OpenFile {
  record: FileRecord;
  pieces(range: { from: number; bytes: number }): AsyncIterable<Buffer>;
}

@Injectable()
export class JobFiles {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  /** Throws 404 when there is no such job, `unavailable`. */
  async page(
    tenant: string,
    jobId: string,
    { limit, after }: { limit: number; after: string | undefined },
  ): Promise<Answer<'FilePage'>> {
    await this.#mustExist(tenant, jobId);
    const files = await withDeadline(filesOf(this.link.bus().broker, tenant, jobId), tooSlow);
    const from = after === undefined ? 0 : files.findIndex(({ record }) => isAfter(record, after));
    const page = from === -1 ? [] : files.slice(from, from + limit);
    return {
      files: page.map(({ record: { name, chunk, media_type: type, stored }, storedAtMs }) => ({
        name,
        chunk,
        bytes: stored.bytes,
        type,
        stored_at: new Date(storedAtMs).toISOString(),
      })),
      next_cursor: from !== -1 && from + limit < files.length ? page.at(-1)!.record.name : null,
    };
  }

  /** Throws 404 when there is no such job or file, 410 when it is kept no longer, `unavailable`. */
  async open(tenant: string, jobId: string, name: string): Promise<OpenFile> {
    await this.#mustExist(tenant, jobId);
    const { broker } = this.link.bus();
    const isName = FileName.safeParse(name).success;
    const record = isName ? await withDeadline(findFile(broker, tenant, jobId, name), tooSlow) : undefined;
    if (record === undefined) throw notFound(`This job has left no file of this name. GET /v1/jobs/${jobId}/files lists them.`);
    const { stored } = record;
    return {
      record,
      pieces: ({ from, bytes }) => {
        const object = { tenant, owner: jobId, name: stored.name };
        return buffersOf(whileStored(readObject(broker, object, { from: stored.from + from, bytes }), goneText));
      },
    };
  }

  async #mustExist(tenant: string, jobId: string): Promise<void> {
    if (!(await this.views.load(tenant, jobId))?.value) throw jobNotFound();
  }
}

/** In the order of the list: by chunk, then by name. */
function isAfter({ chunk, name }: FileRecord, cursor: string): boolean {
  const cursorChunk = Number(cursor.slice(0, cursor.indexOf('-')));
  return chunk > cursorChunk || (chunk === cursorChunk && name > cursor);
}
