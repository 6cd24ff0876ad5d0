/**
 * Stores inputs, and finds and removes them.
 *
 *   upload ──parts, as they come──▶ stored in parts ──record──▶ an input        any ──cut off, or a flaw──▶ nothing
 *
 * Invariant: an input is there when its record is, and that is written when all its parts are acknowledged. A gateway that dies in between leaves parts that no record
 * names: the coordinators sweep them.
 *
 * Writes stream ARTIFACTS and bucket `artifacts`. Throws the refusals of what does not fit, `unavailable`.
 */
import { Inject, Injectable } from '@nestjs/common';
import { findInput, inputsOf, removeArtifacts } from '@manyhands/broker';
import { InputId, isFinal, isManyhandsError, newInputId, type InputRecord } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { Storage } from '../bus/storage.ts';
import { conflict, notFound, unavailable } from '../edge/problem.ts';
import { Quotas } from '../limits/quotas.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestOf } from '../mirror/job-digest.ts';
import { ofAnotherRelease } from './input-flaw.ts';
import { demandRoom } from './input-room.ts';
import { writeInput, type NewInput } from './write-input.ts';

@Injectable()
export class InputStore {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(Quotas) private readonly quotas: Quotas,
  ) {}

  /** Stores all of a source as a new input. When it fails, nothing is left. */
  async store(input: NewInput): Promise<InputRecord> {
    const { broker } = this.link.bus();
    const inputId = newInputId();
    await this.#demandRoom(input.bytes ?? 0);
    try {
      return await this.#write(inputId, input);
    } catch (error) {
      // First the record, whose answer may have been lost: it must not name what is not there. Where that fails, all of it stays for the sweep.
      await removeArtifacts(broker, input.tenant, inputId).catch(() => undefined);
      throw error;
    }
  }

  /** The same under an id that is known: repeating it with the same bytes changes nothing. What is stored when it fails stays until the sweep. */
  async write(inputId: string, input: NewInput): Promise<InputRecord> {
    await this.#demandRoom(input.bytes ?? 0);
    return this.#write(inputId, input);
  }

  async #write(inputId: string, input: NewInput): Promise<InputRecord> {
    const meter = await this.quotas.inputMeter(input.tenant);
    let isStored = false;
    try {
      const record = await writeInput(this.link.bus().broker, inputId, input, (bytes) => meter.count(bytes));
      isStored = true;
      return record;
    } finally {
      meter.end(isStored);
    }
  }

  /** Of a tenant: those that are files of batches, in no order. */
  async batchFiles(tenant: string): Promise<InputRecord[]> {
    const inputs = await this.#inTime(inputsOf(this.link.bus().broker, tenant));
    return inputs.filter(({ batch }) => batch !== undefined);
  }

  /** Throws 404, and 409 for one that another release has stored. */
  async load(tenant: string, inputId: string): Promise<InputRecord> {
    return (await this.#find(tenant, inputId)).record;
  }

  /** Throws 404, and 409 while a job that has not ended needs it. */
  async remove(tenant: string, inputId: string): Promise<void> {
    const { revision } = await this.#find(tenant, inputId);
    await this.feeds.confirm('jobs');
    const user = this.feeds.jobs.entries().find((job) => {
      const digest = digestOf(job);
      return digest?.input === inputId && !isFinal(digest.status);
    });
    if (user)
      throw conflict(`Job ${user.key.split('.').at(-1)} needs this input and has not ended; cancel it, or wait for its end.`);
    try {
      await this.#inTime(removeArtifacts(this.link.bus().broker, tenant, inputId, revision));
    } catch (error) {
      if (!isManyhandsError(error, 'revision_conflict')) throw error;
      // Held for a job, or removed by another request, which is 404.
      await this.#find(tenant, inputId);
      throw conflict('A job was submitted with this input at this moment.');
    }
  }

  async #find(tenant: string, inputId: string) {
    if (!InputId.safeParse(inputId).success) throw notFound('Input not found.');
    const found = await this.#inTime(findInput(this.link.bus().broker, tenant, inputId)).catch((error: unknown) => {
      throw isManyhandsError(error, 'undecodable') ? conflict(ofAnotherRelease(inputId)) : error;
    });
    if (found === undefined) throw notFound('Input not found.');
    return found;
  }

  #demandRoom(coming: number): Promise<void> {
    return this.#inTime(demandRoom(this.link.bus().broker, coming));
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return withDeadline(work, () => unavailable(this.storage.whyLate(), 3));
  }
}
