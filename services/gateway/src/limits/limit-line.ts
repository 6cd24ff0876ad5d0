/**
 * Counts the requests of one user or address under one limit, with all gateways.
 *
 *   waiting ──those who wait, in one write──▶ counted: admitted, or refused        what is known is full ──▶ refused, and nothing is written
 *
 * Invariant: what is admitted was written by compare-and-set over what was read, so no gateway admits what another has. One write is under way at a time, for all that
 * wait: gateways meet at one key, requests do not (at 16 requests at once, one by one made 8,000 conflicts of 1,000 writes, together 110 of 360).
 */
import { randomUUID } from 'node:crypto';
import type { Bucket } from '@manyhands/nats';
import { decode, encode, ifReadable, isManyhandsError, ManyhandsError } from '@manyhands/proto';
import type { Rate } from '@manyhands/proto/settings';
import { z } from 'zod';
import { admit, type Admission, type WindowUse } from './sliding-window.ts';

/** What is known of a limit when a request was counted. */
export interface Counted {
  readonly admitted: boolean;
  readonly rate: Rate;
  readonly left: number;
  readonly moreInMs: number;
}

/** In bucket `limits`. */
const LimitUse = z.object({
  v: z.literal(1),
  type: z.literal('LimitUse'),
  /** Of the write: else two gateways that write the same could both take it for their own. */
  write: z.string(),
  slot_ms: z.int().min(1),
  slots: z.array(z.tuple([z.int(), z.int().min(1)])),
});

export interface LineParts {
  readonly key: string;
  readonly rate: Rate;
  bucket(): Pick<Bucket, 'get' | 'update'>;
  /** Milliseconds since the epoch, by the clock of the server. */
  nowMs(): number;
}

interface Waiting {
  resolve(counted: Counted): void;
  reject(error: unknown): void;
}

const triesMax = 50;
/** Gateways that met at one key try again at different moments. */
const apartMs = 4;

export class LimitLine {
  readonly #parts: LineParts;
  #waiting: Waiting[] = [];
  #counting = false;
  /** As it was read or written last; undefined when that is not known. */
  #known: { use: WindowUse | undefined; revision: number } | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** Nothing waits. */
  get isIdle(): boolean {
    return !this.#counting;
  }

  /** Counts one request. Throws `unavailable`: then it may or may not be counted. */
  count(): Promise<Counted> {
    const { promise, resolve, reject } = Promise.withResolvers<Counted>();
    this.#waiting.push({ resolve, reject });
    if (!this.#counting) void this.#countAll();
    return promise;
  }

  async #countAll(): Promise<void> {
    this.#counting = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        const admission = await this.#admit(group.length);
        for (const [index, { resolve }] of group.entries()) resolve(this.#countedOf(admission, index));
      } catch (error) {
        this.#known = undefined;
        for (const { reject } of group) reject(error);
      }
    }
    this.#counting = false;
  }

  #countedOf({ admitted, left, moreInMs }: Admission, index: number): Counted {
    const { rate } = this.#parts;
    return { admitted: index < admitted, rate, left: left + Math.max(0, admitted - 1 - index), moreInMs };
  }

  async #admit(wanted: number): Promise<Admission> {
    const { key, rate, bucket, nowMs } = this.#parts;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const admission = admit(this.#known?.use, nowMs(), rate, wanted);
      // Others only add to what is known, so what is full is full.
      if (admission.admitted === 0) return admission;
      try {
        const revision = await bucket().update(key, encodeUse(admission.use), this.#known?.revision ?? 0);
        this.#known = { use: admission.use, revision };
        return admission;
      } catch (error) {
        if (!isManyhandsError(error, 'revision_conflict')) throw error;
      }
      if (tries > 0) await new Promise((resume) => setTimeout(resume, Math.random() * apartMs * tries));
      const entry = await bucket().get(key);
      this.#known = { use: entry?.value && useIn(entry.value), revision: entry?.revision ?? 0 };
    }
    throw new ManyhandsError('unavailable', `bucket limits ${key} was written by others ${triesMax} times`);
  }
}

function encodeUse({ slotMs, slots }: WindowUse): Uint8Array {
  return encode({ v: 1, type: 'LimitUse', write: randomUUID(), slot_ms: slotMs, slots });
}

/** What another release wrote, and this one cannot read, counts as nothing. */
function useIn(value: Uint8Array): WindowUse | undefined {
  const read = ifReadable(() => decode(LimitUse, value));
  return read && { slotMs: read.slot_ms, slots: read.slots };
}
