/**
 * The files of batches: what was uploaded, which are inputs of jobs, and what a batch left, which is read from its job.
 *
 * Invariant: nothing is stored twice: a file is an input under another name, and the files that a batch left are written line by line while they are read.
 */
import { Inject, Injectable } from '@nestjs/common';
import { inputObject, readParts } from '@manyhands/broker';
import { limits, type InputRecord, type JobView } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { conflict, notFound, Problem } from '../edge/problem.ts';
import { InputStore } from '../inputs/input-store.ts';
import { JobResults } from '../results/job-results.ts';
import { FORMATS } from '../results/line-formats.ts';
import { buffersOf, whileStored } from '../results/stored-pieces.ts';
import { CompatJobs } from '../compat/compat-jobs.ts';
import { readFileId } from './batch-ids.ts';
import { BatchLines } from './batch-lines.ts';
import { batchParams, fileOf, fileOfInput, leftOf, type BatchFile } from './batch-view.ts';
import { errorLines } from './error-lines.ts';

const goneText = 'The file is kept no longer.';

@Injectable()
export class BatchFiles {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(InputStore) private readonly inputs: InputStore,
    @Inject(JobResults) private readonly results: JobResults,
    @Inject(CompatJobs) private readonly jobs: CompatJobs,
  ) {}

  /** Throws `InputFlaw` for a line that is no request, and the refusals of inputs. */
  async store(tenant: string, name: string, source: AsyncIterable<Buffer>): Promise<InputRecord> {
    const lines = new BatchLines();
    return this.inputs.store({
      tenant,
      form: 'ndjson',
      source,
      check: lines.check,
      isRead: true,
      batch: () => ({ name: nameOf(name), endpoint: lines.endpoint() }),
    });
  }

  /** Newest first. */
  async list(tenant: string): Promise<BatchFile[]> {
    const files = (await this.inputs.batchFiles(tenant)).map(fileOfInput);
    return files.sort((one, other) => (one.id < other.id ? 1 : -1));
  }

  /** Of a file that was uploaded for batches. Throws 404. */
  async loadInput(tenant: string, id: string): Promise<InputRecord & { batch: NonNullable<InputRecord['batch']> }> {
    const file = readFileId(id);
    if (file?.is !== 'input') throw noFile();
    const record = await this.inputs.load(tenant, file.inputId).catch((error: unknown) => {
      throw error instanceof Problem && error.getStatus() === 404 ? noFile() : error;
    });
    if (record.batch === undefined) throw noFile();
    return { ...record, batch: record.batch };
  }

  /** Throws 404. */
  async load(tenant: string, id: string): Promise<BatchFile> {
    const file = readFileId(id);
    if (file === undefined || file.is === 'input') return fileOfInput(await this.loadInput(tenant, id));
    const view = await this.#batch(tenant, file.jobId);
    let bytes = 0;
    for await (const piece of await this.#left(tenant, view, file.is)) bytes += piece.length;
    return fileOf(id, { bytes, at: view.finished_at ?? view.created_at, filename: `${id}.jsonl`, purpose: 'batch_output' });
  }

  /** The bytes of a file, a line for each request. Throws 404, 410 when they are kept no longer. */
  async content(tenant: string, id: string): Promise<AsyncIterable<Buffer>> {
    const file = readFileId(id);
    if (file !== undefined && file.is !== 'input') return this.#left(tenant, await this.#batch(tenant, file.jobId), file.is);
    const { input_id: inputId, parts } = await this.loadInput(tenant, id);
    return buffersOf(whileStored(readParts(this.link.bus().broker, inputObject(tenant, inputId), parts.length), goneText));
  }

  /** Throws 404, and 409 for what a batch needs, and for what one left. */
  async remove(tenant: string, id: string): Promise<void> {
    const file = readFileId(id);
    if (file !== undefined && file.is !== 'input') {
      await this.#batch(tenant, file.jobId);
      throw conflict('What a batch left is kept with it, and is removed when the batch is; it cannot be removed alone.');
    }
    await this.inputs.remove(tenant, (await this.loadInput(tenant, id)).input_id);
  }

  async #left(tenant: string, view: JobView, which: 'output' | 'errors'): Promise<AsyncIterable<Buffer>> {
    const { job_id: jobId } = view;
    if (which === 'errors') return errorLines(jobId, await this.results.unanswered(tenant, jobId), leftOf(view));
    const { read } = await this.results.lines(tenant, jobId);
    return FORMATS.bare.write(read({ from: 0, limit: limits.inputRecordsMax })) as AsyncIterable<Buffer>;
  }

  /** Throws 404 when there is no such batch, 409 while it runs. */
  async #batch(tenant: string, jobId: string): Promise<JobView> {
    const view = await this.jobs.read(tenant, jobId).catch((error: unknown) => {
      throw error instanceof Problem && error.getStatus() === 404 ? noFile() : error;
    });
    if (batchParams(view) === undefined) throw noFile();
    return view;
  }
}

function nameOf(given: string): string {
  const name = given.slice(0, limits.batchFileNameCharsMax).trim();
  return name === '' ? 'batch.jsonl' : name;
}

function noFile(): Problem {
  return notFound('No such File object.');
}
