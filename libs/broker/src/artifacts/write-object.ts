/**
 * Writes stored objects: parts of bytes in stream ARTIFACTS, each written once.
 *
 *   open ──put──▶ open ──close──▶ closed        any ──a part is refused──▶ failed        any ──abandon──▶ abandoned
 *
 * Invariant: when `close` has returned, every part is acknowledged: only then may anything name the object. A few parts are under way at once, and `put` waits for
 * room among them, so a writer holds no more than that, however much is written.
 */
import { refusalOf, type Broker, type Outbox } from '@manyhands/nats';
import { isManyhandsError, ManyhandsError, artifactSubjects } from '@manyhands/proto';
import { createOutbox, purgeStored, storedOnce } from '../bound.ts';
import { cutParts, partSubject, type StoredObject } from './stored-object.ts';

/** 4 MiB. */
const PARTS_UNDER_WAY_MAX = 8;

/** Cuts bytes into parts as a `StoredRef` needs them, and stores them. Returns how many bytes there are. Throws as `ObjectWriter.put`. */
export async function storeObject(
  broker: Broker,
  object: StoredObject,
  bytes: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<number> {
  const writer = new ObjectWriter(broker, object);
  try {
    for await (const part of cutParts(bytes instanceof Uint8Array ? [bytes] : bytes)) await writer.put(part);
    return await writer.close();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

export interface ObjectWriterOptions {
  /** Asked when a part is refused for now, with how often that was: resolves with whether to try again. */
  again?: (tries: number) => Promise<boolean>;
}

/** Stores parts that the caller has cut. One caller at a time. */
export class ObjectWriter {
  readonly #broker: Broker;
  readonly #outbox: Outbox;
  readonly #object: StoredObject;
  readonly #again: NonNullable<ObjectWriterOptions['again']>;
  readonly #underWay = new Set<Promise<void>>();
  #parts = 0;
  #bytes = 0;
  #failure: { error: unknown } | undefined;

  constructor(broker: Broker, object: StoredObject, { again = () => Promise.resolve(false) }: ObjectWriterOptions = {}) {
    this.#broker = broker;
    this.#outbox = createOutbox(broker);
    this.#object = object;
    this.#again = again;
  }

  /**
   * Resolves when the next part may come; `part` must stay as it is until it is stored. Throws what became of an earlier part: `unavailable` when the stream is
   * full or the server stays away, `too_large` over the message limit.
   */
  async put(part: Uint8Array): Promise<void> {
    this.#check();
    const sending: Promise<void> = this.#store(this.#parts, part)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
    this.#parts += 1;
    this.#bytes += part.length;
    while (this.#underWay.size >= PARTS_UNDER_WAY_MAX) await Promise.race(this.#underWay);
    this.#check();
  }

  /** Resolves with the bytes of all parts when all are acknowledged. Throws as `put`. */
  async close(): Promise<number> {
    await Promise.all(this.#underWay);
    this.#check();
    return this.#bytes;
  }

  /** Resolves when no part is under way, whatever became of it. Never throws. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Removes what was stored: nothing will name it. Where that fails, the sweep does it later. Never throws. */
  async abandon(): Promise<void> {
    await this.settle();
    const { tenant, owner, name } = this.#object;
    await purgeStored(this.#broker, 'artifacts', artifactSubjects.object(tenant, owner, name)).catch(() => undefined);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #store(part: number, data: Uint8Array): Promise<void> {
    const subject = partSubject(this.#object, part);
    let outcome;
    for (let tries = 0; outcome === undefined; tries += 1) {
      try {
        [outcome] = await this.#outbox.publishAll([{ subject, data, expectLastSubjectSequence: 0 }]);
      } catch (error) {
        if (isManyhandsError(error, 'unavailable') && (await this.#again(tries))) continue;
        throw isFull(error) ? noRoom(error) : error;
      }
    }
    if (outcome === 'stored') return;
    // The same run of bytes may be written by two at once, and again after a crash.
    const stored = await storedOnce(this.#broker, 'artifacts', subject);
    if (stored === undefined || Buffer.compare(stored, data) !== 0)
      throw new Error(`Invariant: each part is written once, but ${subject} holds another one`);
  }
}

function isFull(error: unknown): boolean {
  return isManyhandsError(error, 'unavailable') && refusalOf(error.cause) === 'full';
}

function noRoom(cause: unknown): ManyhandsError {
  return new ManyhandsError(
    'unavailable',
    'there is no room for inputs and results (stream ARTIFACTS is full): delete inputs that are not needed, wait until old jobs are removed, or raise MANYHANDS_STORAGE_GB',
    { cause },
  );
}
