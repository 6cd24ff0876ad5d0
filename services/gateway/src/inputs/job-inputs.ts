/**
 * The inputs of submissions.
 *
 *   read from the body ──useFor──▶ how the chunks are cut ──(its key is claimed)──▶ provide ──▶ the job may be stored
 *
 * Invariant: when `provide` has returned, the input is stored and was held at this moment, so no sweep removes it before the job that needs it is seen. Repeating
 * it changes nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { findInput, holdInput } from '@manyhands/broker';
import { copiedInputId, isManyhandsError, limits, newInputId, type JsonText, type SubmitJob } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { badRequest, invalidFields } from '../edge/problem.ts';
import type { KnownKind } from '../kinds/kind-catalog.ts';
import { JobResults } from '../results/job-results.ts';
import { InputFlaw, ofAnotherRelease, problemOfItems } from './input-flaw.ts';
import { inputParts } from './input-parts.ts';
import type { InputSource } from './input-source.ts';
import { InputStore } from './input-store.ts';
import { needsOne, readsRecords, takesNone, useOf, type InputUse } from './input-use.ts';
import { smallPieces } from './upload-pieces.ts';

@Injectable()
export class JobInputs {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(InputStore) private readonly inputs: InputStore,
    @Inject(JobResults) private readonly results: JobResults,
  ) {}

  /** Undefined for a kind that takes none. Throws the refusals of what does not fit, 400 for an input that is not stored, those of the other job's results. */
  async useFor(
    tenant: string,
    { registration, item }: KnownKind,
    source: InputSource | undefined,
    chunks: number | undefined,
  ): Promise<InputUse | undefined> {
    if (source === undefined && registration.input === undefined) return undefined;
    if (source === undefined) throw needsOne(registration.kind);
    if (registration.input === undefined) throw takesNone(registration.kind);
    if (chunks !== undefined)
      throw invalidFields([{ loc: ['body', 'chunks'], msg: 'follows from the input; leave it out', type: 'extra_forbidden' }]);
    const isRead = readsRecords(registration);
    if ('items' in source) return useOf(await countedItems(source.items, item, isRead), registration);
    const id = 'id' in source ? source.id : await this.#copied(tenant, source.job);
    const found = await findInput(this.link.bus().broker, tenant, id).catch((error: unknown) => {
      throw isManyhandsError(error, 'undecodable') ? badRequest(ofAnotherRelease(id)) : error;
    });
    if (found === undefined) throw notStored(id);
    if (isRead && found.record.rounded !== undefined) throw badRequest(`Input ${id}, ${found.record.rounded}.`);
    return useOf(found.record, registration);
  }

  /** Throws 400 for an input that has been removed meanwhile, `unavailable`. */
  async provide({ tenant, job_id: jobId, input }: SubmitJob, source: InputSource | undefined): Promise<void> {
    if (input === undefined) return;
    const { broker } = this.link.bus();
    if (source !== undefined && 'items' in source && (await findInput(broker, tenant, input.id)) === undefined)
      await this.inputs.write(input.id, { tenant, form: 'json', source: smallPieces([Buffer.from(source.items.text)]) });
    try {
      await holdInput(broker, tenant, input.id, jobId);
    } catch (error) {
      throw isManyhandsError(error, 'input_lost') ? notStored(input.id) : error;
    }
  }

  /** The lines of a job as an input; copied once, however many jobs are made of them. */
  async #copied(tenant: string, jobId: string): Promise<string> {
    const { version, read } = await this.results.lines(tenant, jobId);
    const inputId = copiedInputId(jobId, version);
    if ((await findInput(this.link.bus().broker, tenant, inputId)) !== undefined) return inputId;
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for await (const { bytes } of read({ from: 0, limit: limits.inputRecordsMax })) yield bytes;
    };
    // What they were written from is what they are read as.
    await this.inputs.write(inputId, { tenant, form: 'ndjson', source: smallPieces(pieces()), isRead: false });
    return inputId;
  }
}

async function countedItems(items: JsonText, check: KnownKind['item'], isRead: boolean): Promise<Parameters<typeof useOf>[0]> {
  const parts: number[] = [];
  const rounded = (line: number, says: string): void => {
    throw new InputFlaw(line, says);
  };
  const rules = { check, ...(isRead && { rounded }) };
  try {
    for await (const { records } of inputParts('json', smallPieces([Buffer.from(items.text)]), rules)) parts.push(records);
  } catch (error) {
    throw problemOfItems(error);
  }
  return { input_id: newInputId(), form: 'json', records: parts.reduce((sum, count) => sum + count, 0), parts };
}

function notStored(inputId: string) {
  return badRequest(`Input ${inputId} is not stored, or not any more; send it again with POST /v1/inputs.`);
}
