/** What a job left, as its tenant may read it: its lines, its dead chunks with their items, or its answer. */
import { Inject, Injectable } from '@nestjs/common';
import { getInputRecord, getResultsRecord, inputObject, readObject, readPart } from '@manyhands/broker';
import {
  isFinal,
  isManyhandsError,
  withoutField,
  type InputRef,
  type JobView,
  type ResultsRecord,
  type StoredRef,
} from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { conflict, gone, jobNotFound, notFound, unavailable } from '../edge/problem.ts';
import { JobViews } from '../mirror/job-views.ts';
import { deadChunks } from './dead-chunks.ts';
import { failureLines, type ItemAt } from './failure-lines.ts';
import { resultLines, type LineRange } from './result-lines.ts';
import { segmentsOf } from './result-segments.ts';
import { StoredItems } from './stored-items.ts';
import { unansweredItems, type UnansweredItem } from './unanswered-items.ts';
import { buffersOf, whileStored } from './stored-pieces.ts';
import type { Lines } from './whole-lines.ts';

const tooSlow = 'The results could not be reached in time because NATS does not answer; try again in a few seconds.';
const goneText = 'The results of this job are kept no longer.';

/** The lines of a job that is over; `version` is another one after each requeue. */
interface JobLines {
  version: string;
  /** Of all lines, as they are stored. */
  bytes: number;
  read(range: LineRange): AsyncGenerator<Lines, void>;
}

interface JobAnswer {
  version: string;
  bytes: number;
  pieces(range: { from: number; bytes: number }): AsyncIterable<Buffer>;
}

@Injectable()
export class JobResults {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  /** Throws 404 when there is no such job or it makes no lines, 409 while it runs, 410 when they are kept no longer, `unavailable`. */
  async lines(tenant: string, jobId: string): Promise<JobLines> {
    const view = ended(await this.#view(tenant, jobId), 'results');
    if (view.output !== 'lines') throw notFound(`This job has one answer and no lines: GET /v1/jobs/${jobId}/result.`);
    const { broker } = this.link.bus();
    const record = await this.#record(tenant, jobId);
    if (record === undefined) return linesOfNone(view);
    const read = (ref: StoredRef): AsyncIterable<Uint8Array> =>
      whileStored(readObject(broker, { tenant, owner: jobId, name: ref.name }, ref), goneText);
    return {
      version: record.manifest.name,
      bytes: record.bytes,
      read: (range) => resultLines(segmentsOf(read(record.manifest)), read, view.input, range),
    };
  }

  /** Of the chunks that are dead now. Throws 404, `unavailable`. */
  async failures(tenant: string, jobId: string): Promise<(range: LineRange) => AsyncGenerator<Buffer, void>> {
    const view = await this.#view(tenant, jobId);
    const { input } = view;
    const { broker } = this.link.bus();
    return (range) => failureLines(deadChunks(broker, tenant, jobId, view), input, this.#itemsOf(tenant, input), range);
  }

  /** Of a job that is over, and whose chunks are its items: those without a line. Throws as `lines`. */
  async unanswered(tenant: string, jobId: string): Promise<AsyncGenerator<UnansweredItem, void>> {
    const view = ended(await this.#view(tenant, jobId), 'failures');
    const { input, total_chunks: total } = view;
    const { broker } = this.link.bus();
    const record = await this.#record(tenant, jobId);
    const read = (ref: StoredRef): AsyncIterable<Uint8Array> =>
      whileStored(readObject(broker, { tenant, owner: jobId, name: ref.name }, ref), goneText);
    const answered = segmentsOf(record === undefined ? noBytes() : read(record.manifest));
    return unansweredItems(answered, deadChunks(broker, tenant, jobId, view), total, this.#itemsOf(tenant, input));
  }

  /** Throws 404 when there is no such job or it has no answer, 409 while it runs, 410 when it is kept no longer, `unavailable`. */
  async answer(tenant: string, jobId: string): Promise<JobAnswer> {
    const text = await this.#viewText(tenant, jobId);
    const view = ended(JSON.parse(text) as JobView, 'result');
    if (view.output === 'lines') throw notFound(`This job has lines and no single answer: GET /v1/jobs/${jobId}/results.`);
    if (view.status !== 'completed') throw notFound(`The job has no result, because it is ${view.status}. ${reasonOf(view)}`);
    const { stored, round = 0 } = view;
    if (stored !== undefined)
      return {
        version: stored.name,
        bytes: stored.bytes,
        pieces: ({ from, bytes }) => {
          const object = { tenant, owner: jobId, name: stored.name };
          const read = readObject(this.link.bus().broker, object, { from: stored.from + from, bytes });
          return buffersOf(whileStored(read, goneText));
        },
      };
    // As it was computed: read and written again, numbers beyond 2^53 would be others.
    const answer = Buffer.from(withoutField(text, 'result').field?.text ?? 'null');
    return {
      version: `${jobId}.${round}`,
      bytes: answer.length,
      pieces: ({ from, bytes }) => onePiece(answer.subarray(from, from + bytes)),
    };
  }

  async #record(tenant: string, jobId: string): Promise<ResultsRecord | undefined> {
    try {
      return await withDeadline(getResultsRecord(this.link.bus().broker, tenant, jobId), tooSlow);
    } catch (error) {
      if (!isManyhandsError(error, 'undecodable')) throw error;
      throw unavailable('The results were stored by another release; update the gateway to the same one.');
    }
  }

  async #view(tenant: string, jobId: string): Promise<JobView> {
    return JSON.parse(await this.#viewText(tenant, jobId)) as JobView;
  }

  async #viewText(tenant: string, jobId: string): Promise<string> {
    const entry = await this.views.load(tenant, jobId);
    if (!entry?.value) throw jobNotFound();
    return Buffer.from(entry.value).toString();
  }

  /** Without items where the input is not stored any more: then the failures are worth reading all the same. */
  #itemsOf(tenant: string, input: InputRef | undefined): ItemAt {
    if (input?.by !== 'record') return () => Promise.resolve(undefined);
    const { broker } = this.link.bus();
    let items: Promise<StoredItems | undefined> | undefined;
    const open = async (): Promise<StoredItems> =>
      new StoredItems(await getInputRecord(broker, tenant, input.id), (part) =>
        readPart(broker, inputObject(tenant, input.id), part),
      );
    return async (index) => {
      items ??= open().catch(ifLost);
      const opened = await items;
      return opened?.at(index).catch(ifLost);
    };
  }
}

/** Throws 409 for a job that is not over. */
function ended(view: JobView, what: string): JobView {
  if (isFinal(view.status)) return view;
  throw conflict(
    `The job is ${view.status}; ask for its ${what} when it is over. Until then follow it at /v1/jobs/${view.job_id}/events.`,
  );
}

function ifLost(error: unknown): undefined {
  if (isManyhandsError(error, 'input_lost')) return undefined;
  throw error;
}

/** A job without a record: one of which no chunk was computed, or one whose lines were removed. */
function linesOfNone(view: JobView): JobLines {
  if (view.results !== undefined) throw gone(goneText);
  if (view.status !== 'completed' || view.completed_chunks > 0)
    throw notFound(`The job left no results, because it is ${view.status}. ${reasonOf(view)}`);
  return {
    version: `${view.job_id}.${view.round ?? 0}`,
    bytes: 0,
    async *read() {
      // None.
    },
  };
}

function reasonOf({ error, detail }: JobView): string {
  return error?.message ?? detail ?? '';
}

async function* onePiece(bytes: Buffer): AsyncGenerator<Buffer, void> {
  yield bytes;
}

async function* noBytes(): AsyncGenerator<Uint8Array, void> {
  // None.
}
