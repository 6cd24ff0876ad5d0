/**
 * A KV bucket on the stream under it, laid out so that the `nats kv` commands read it.
 *
 * Invariant: a write that was answered is seen by every later read, since reads ask the leader. A write whose answer was
 * lost is repeated; a repeated compare-and-set that finds its own bytes stored has won.
 *
 * Not `@nats-io/kv` 3.4: its `put` carries no life time, and its watch misses what happens while the server restarts.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import type { MsgHdrs } from '@nats-io/transport-node';
import type { Bucket, BucketEntry, BucketWatch, WatchListener, WatchOptions } from './bucket.ts';
import type { Broker } from '../broker.ts';
import { bucketStream } from '../provision/stream-config.ts';
import { headersOf, secondsOf } from '../publish/message-headers.ts';
import { refusalOf } from '../refusal.ts';
import { lastOf, nextStored } from '../stored/read-stored.ts';
import type { BucketSpec } from '../stream-spec.ts';
import { passThrough } from '../tail/pass-through.ts';
import { bucketEntry, bucketSubject } from './bucket-entry.ts';
import { watchBucket } from './watch-bucket.ts';

const conflictsMax = 20;
const empty = new Uint8Array();

/** The stream under it must be there (`bucketConfig`). */
export function openBucket(broker: Broker, spec: BucketSpec): Bucket {
  return new JetStreamBucket(broker, spec);
}

class JetStreamBucket implements Bucket {
  readonly #broker: Broker;
  readonly #spec: BucketSpec;
  readonly #stream: string;

  constructor(broker: Broker, spec: BucketSpec) {
    this.#broker = broker;
    this.#spec = spec;
    this.#stream = bucketStream(spec.name);
  }

  async get(key: string): Promise<BucketEntry | undefined> {
    const entry = await this.last(key);
    return entry?.value === undefined ? undefined : entry;
  }

  async last(key: string): Promise<BucketEntry | undefined> {
    const message = await lastOf(this.#broker, this.#stream, bucketSubject(this.#spec.name, key));
    return message && bucketEntry(this.#spec.name, message);
  }

  async entries(filter = '>'): Promise<BucketEntry[]> {
    const subject = bucketSubject(this.#spec.name, filter);
    const byKey = new Map<string, BucketEntry>();
    let after = 0;
    for (const message of await passThrough(this.#broker, { stream: this.#stream, filter: subject, lastPerSubject: true })) {
      const entry = bucketEntry(this.#spec.name, message);
      byKey.set(entry.key, entry);
      after = message.sequence;
    }
    for (;;) {
      const message = await nextStored(this.#broker, this.#stream, subject, after + 1);
      if (message === undefined) break;
      const entry = bucketEntry(this.#spec.name, message);
      byKey.set(entry.key, entry);
      after = message.sequence;
    }
    return [...byKey.values()].filter((entry) => entry.value !== undefined);
  }

  async put(key: string, value: Uint8Array, { ttlMs }: { ttlMs?: number } = {}): Promise<number> {
    if (ttlMs !== undefined) this.#refuseLifeTime();
    return this.#publish(key, value, headersOf({ ...(ttlMs !== undefined && { ttlMs }) }));
  }

  async update(
    key: string,
    value: Uint8Array,
    expectedRevision: number,
    { strictly = false, ttlMs }: { strictly?: boolean; ttlMs?: number } = {},
  ): Promise<number> {
    if (ttlMs !== undefined) this.#refuseLifeTime();
    let expected = expectedRevision;
    for (let conflicts = 0; conflicts < conflictsMax; conflicts += 1) {
      let repeated = false;
      try {
        return await this.#publish(
          key,
          value,
          headersOf({ expectLastSubjectSequence: expected, ...(ttlMs !== undefined && { ttlMs }) }),
          () => (repeated = true),
        );
      } catch (error) {
        if (refusalOf(error) !== 'sequence') throw error;
        const last = await this.last(key);
        const revision = last?.revision ?? 0;
        if (repeated && last?.value !== undefined && Buffer.compare(last.value, value) === 0 && revision > expected)
          return revision;
        // The key must not exist, and does not: what is stored is only the mark of its removal.
        if (!strictly && expectedRevision === 0 && last !== undefined && last.value === undefined) expected = revision;
        else if (revision !== expected) {
          throw new ManyhandsError(
            'revision_conflict',
            `${this.#spec.name} ${key} is at revision ${revision}, not ${expectedRevision}`,
            { cause: error },
          );
        }
      }
    }
    throw new ManyhandsError('unavailable', `${this.#spec.name} ${key} could not be written: whether it was stored is not known`);
  }

  async remove(key: string, expectedRevision?: number): Promise<void> {
    const head = headersOf({ ...(expectedRevision !== undefined && { expectLastSubjectSequence: expectedRevision }) });
    head.set('KV-Operation', 'PURGE');
    head.set('Nats-Rollup', 'sub');
    if (this.#spec.markerTtlMs > 0) head.set('Nats-TTL', secondsOf(this.#spec.markerTtlMs));
    let repeated = false;
    try {
      await this.#publish(key, empty, head, () => (repeated = true));
    } catch (error) {
      if (refusalOf(error) !== 'sequence') throw error;
      const last = await this.last(key);
      // An earlier try was carried out, or another process removed it.
      if (repeated && last !== undefined && last.value === undefined) return;
      throw new ManyhandsError(
        'revision_conflict',
        `${this.#spec.name} ${key} is at revision ${last?.revision ?? 0}, not ${expectedRevision}`,
        { cause: error },
      );
    }
  }

  watch(filter: string, on: WatchListener, options: WatchOptions = {}): Promise<BucketWatch> {
    return watchBucket(this.#broker, this.#spec, filter, on, options);
  }

  async #publish(key: string, value: Uint8Array, head: MsgHdrs, onRepeat: () => void = () => undefined): Promise<number> {
    try {
      const ack = await this.#broker.insist(`writing ${this.#spec.name} ${key}`, (repeated) => {
        if (repeated) onRepeat();
        return this.#broker.silence.watch(this.#stream, () =>
          this.#broker.store(bucketSubject(this.#spec.name, key), value, head),
        );
      });
      return ack.seq;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === 'full') throw new ManyhandsError('unavailable', `bucket ${this.#spec.name} is full`, { cause: error });
      if (refusal === 'too_large')
        throw new ManyhandsError('too_large', `the value of ${this.#spec.name} ${key} is too large`, { cause: error });
      throw error;
    }
  }

  #refuseLifeTime(): void {
    if (this.#spec.markerTtlMs === 0)
      throw new ManyhandsError('bad_request', `keys of bucket ${this.#spec.name} carry no life time of their own`);
  }
}
