/**
 * Makes a submission repeatable: the same `Idempotency-Key` and body within 24 hours is the same submission.
 *
 *   unknown ──claim──▶ claimed ──stored──▶ stored        claimed ──refused for good──▶ unknown
 *                         └──repeat: stored again (nothing happens if it was)──▶ stored
 *
 * Invariant: a key names one order, decided by compare-and-set before the order is stored, and the order carries its ids. So requests at the same
 * time, on any gateway, store the same job under a subject that takes one; and a gateway that dies in between leaves an order the next repeat stores.
 *
 * Reads and writes bucket idempotency. Throws 422 for the same key with another body, `unavailable`.
 */
import { Inject, Injectable } from '@nestjs/common';
import { decode, encode, isManyhandsError, keys, limits, Schedule, SubmitJob } from '@manyhands/proto';
import { z } from 'zod';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { canonicalJson } from '../edge/canonical-json.ts';
import { invalidFields, unavailable, type FieldProblem, type Problem } from '../edge/problem.ts';
import { hashOf } from '../identity/secrets.ts';

/** What a submission stores: a job now, or a schedule that makes jobs. */
export const Order = z.discriminatedUnion('type', [SubmitJob, Schedule]);
export type Order = z.infer<typeof Order>;

const IdempotencyRecord = z.object({
  v: z.literal(1),
  type: z.literal('IdempotencyRecord'),
  body_sha256: z.string(),
  /** Whether the order is known to be stored. It must not be stored again then: its job may have finished and left. */
  stored: z.boolean(),
  order: Order,
});
type IdempotencyRecord = z.infer<typeof IdempotencyRecord>;

/** A key that names an order. */
export interface Claim {
  order: Order;
  /** Whether an earlier request claimed it. */
  cached: boolean;
  stored: boolean;
  readonly key: string;
  readonly record: IdempotencyRecord;
  readonly revision: number;
}

const late = 'NATS does not answer in time; send the same request with the same Idempotency-Key again in a few seconds.';
const triesMax = 5;

@Injectable()
export class Idempotency {
  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  /** Whose order this is: the one `make` makes, or an earlier one. */
  async claim(tenant: string, given: string, body: unknown, make: () => Promise<Order>): Promise<Claim> {
    const key = keys.idempotency(tenant, hashOf(given));
    return withDeadline(this.#claim(key, hashOf(canonicalJson(body)), make), late);
  }

  /** Notes that the order of a claim is stored. Losing the note costs a repeat one publish that changes nothing. */
  async noteStored({ key, record, revision }: Claim): Promise<void> {
    try {
      await this.link.bus().idempotency.update(key, encode({ ...record, stored: true }), revision);
    } catch (error) {
      if (!isManyhandsError(error)) throw error;
    }
  }

  /** Frees the key of an order that cannot be stored, if what is known of it has not changed. */
  async release({ key, revision }: Claim): Promise<void> {
    await withDeadline(this.link.bus().idempotency.remove(key, revision), late);
  }

  async #claim(key: string, bodyHash: string, make: () => Promise<Order>): Promise<Claim> {
    const { idempotency } = this.link.bus();
    let record: IdempotencyRecord | undefined;
    for (let tries = 0; ; tries += 1) {
      const entry = await idempotency.get(key);
      if (entry?.value !== undefined) return repeated(key, bodyHash, recordIn(entry.value), entry.revision);
      record ??= { v: 1, type: 'IdempotencyRecord', body_sha256: bodyHash, stored: false, order: await make() };
      try {
        const revision = await idempotency.update(key, encode(record), 0);
        return { order: record.order, cached: false, stored: false, key, record, revision };
      } catch (error) {
        if (isManyhandsError(error, 'unavailable'))
          throw unavailable(
            `Nothing was stored (${error.message}). Send the same request with the same Idempotency-Key again later; to keep more keys, raise MANYHANDS_STORAGE_GB.`,
            10,
          );
        if (!isManyhandsError(error, 'revision_conflict') || tries >= triesMax) throw error;
      }
    }
  }
}

/** Throws 422 for what another release wrote: what was stored under the key is not known, so nothing is stored again. */
function recordIn(value: Uint8Array): IdempotencyRecord {
  try {
    return decode(IdempotencyRecord, value);
  } catch (error) {
    if (!isManyhandsError(error, 'undecodable')) throw error;
    throw refusedKey(
      'was stored by another release, and this one cannot read it; look for the job at GET /v1/jobs, or use a new key',
    );
  }
}

function repeated(key: string, bodyHash: string, record: IdempotencyRecord, revision: number): Claim {
  if (record.body_sha256 !== bodyHash)
    throw refusedKey('was used with another body within 24 hours; send that body again, or use a new key');
  return { order: record.order, cached: true, stored: record.stored, key, record, revision };
}

/** What an `Idempotency-Key` may be: printable ASCII, without spaces at its ends. */
export const idempotencyKeySchema = {
  type: 'string',
  maxLength: limits.idempotencyKeyMax,
  pattern: '^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$',
} as const;
const keyForm = new RegExp(idempotencyKeySchema.pattern);

/** Throws 422 for one that cannot be a key. */
export function readIdempotencyKey(header: string | string[]): string {
  if (typeof header === 'string' && header.length <= limits.idempotencyKeyMax && keyForm.test(header)) return header;
  throw refusedKey(`must be 1 to ${limits.idempotencyKeyMax} printable ASCII characters, given once`, 'string_pattern');
}

function refusedKey(msg: string, type: FieldProblem['type'] = 'value_error'): Problem {
  return invalidFields([{ loc: ['header', 'idempotency-key'], msg, type }]);
}
