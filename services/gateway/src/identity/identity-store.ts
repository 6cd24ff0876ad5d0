/**
 * Reads and writes the records of bucket `identity`.
 * `find` answers from memory, where every gateway has the whole bucket and gets each change within a second; a record that is not there yet
 * is asked of the leader. It is for the question of each request: who is this? `read` always asks the leader, and is for what is written over next.
 *
 * Invariant: a key with a wildcard finds nothing, though parts of keys come from outside. `find` never answers with what was changed more than `CURRENT_MS` ago: a gateway whose memory may be older refuses (503).
 */
import { Inject, Injectable } from '@nestjs/common';
import { encode, isManyhandsError } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { unavailable } from '../edge/problem.ts';
import { Feeds } from '../mirror/feeds.ts';
import { digestRecord, type IdentityRecord, type RecordOf, type RecordType } from './records.ts';

export interface Found<Type extends RecordType> {
  record: RecordOf<Type>;
  revision: number;
}

const late = 'NATS does not answer in time, so nothing is known of accounts now; try again in a few seconds.';

@Injectable()
export class IdentityStore {
  constructor(
    @Inject(BrokerLink) private readonly link: BrokerLink,
    @Inject(Feeds) private readonly feeds: Feeds,
  ) {}

  /** From memory. Undefined: there is none, or it is not known yet. */
  known<Type extends RecordType>(type: Type, key: string): RecordOf<Type> | undefined {
    return ofType(type, this.feeds.identity.get(key)?.digest);
  }

  /** Whether memory is as new as promised. */
  get isCurrent(): boolean {
    return this.feeds.identity.isCurrent;
  }

  /** Throws `unavailable`. */
  async find<Type extends RecordType>(type: Type, key: string): Promise<RecordOf<Type> | undefined> {
    if (!this.isCurrent) throw unavailable(late);
    if (!isOneKey(key)) return undefined;
    return this.known(type, key) ?? (await this.read(type, key))?.record;
  }

  /** Asks the leader. Throws `unavailable`. */
  async read<Type extends RecordType>(type: Type, key: string): Promise<Found<Type> | undefined> {
    if (!isOneKey(key)) return undefined;
    const entry = await withDeadline(this.link.bus().buckets.identity.get(key), late);
    const record = entry?.value && ofType(type, digestRecord(entry.value));
    return record && { record, revision: entry.revision };
  }

  /** Every record of a type that memory holds. */
  all<Type extends RecordType>(type: Type): RecordOf<Type>[] {
    return this.feeds.identity.entries().flatMap(({ digest }) => ofType(type, digest) ?? []);
  }

  /** The keys of those that fit. */
  keysOf<Type extends RecordType>(type: Type, fits: (record: RecordOf<Type>) => boolean): string[] {
    return this.feeds.identity.entries().flatMap(({ key, digest }) => {
      const record = ofType(type, digest);
      return record && fits(record) ? [key] : [];
    });
  }

  /** Whether it was written: false where the key is not at `revision` (0: it is there). Throws `unavailable`. */
  async write(key: string, record: IdentityRecord, revision: number, ttlMs?: number): Promise<boolean> {
    const { identity } = this.link.bus().buckets;
    const lifetime = ttlMs === undefined ? {} : { ttlMs };
    return wasNotOvertaken(withDeadline(identity.update(key, encode(record), revision, lifetime), late));
  }

  /**
   * Writes a new record of which there may be so many. Of those that are made at the same time, by whatever gateways, the ones that were written first count:
   * `demandRoom` is given these, and throws when they leave none; then the new one is removed again. Throws what it throws, and `unavailable`.
   */
  async writeOneOf<Type extends RecordType>(
    key: string,
    record: RecordOf<Type>,
    demandRoom: (earlier: RecordOf<Type>[]) => void,
    ttlMs?: number,
  ): Promise<void> {
    await this.write(key, record, 0, ttlMs);
    try {
      await this.settle();
      demandRoom(this.#before(record.type as Type, key));
    } catch (error) {
      await this.remove(key).catch(() => undefined);
      throw error;
    }
  }

  /** As `all`, those alone that were written before what is under a key now. */
  #before<Type extends RecordType>(type: Type, key: string): RecordOf<Type>[] {
    const { identity } = this.feeds;
    const revision = identity.get(key)?.revision ?? 0;
    return identity.entries().flatMap((entry) => (entry.revision < revision ? (ofType(type, entry.digest) ?? []) : []));
  }

  /** Whether it was there, at `revision`, and is not any more. Without `revision`: whatever was there. Throws `unavailable`. */
  async remove(key: string, revision?: number): Promise<boolean> {
    return wasNotOvertaken(withDeadline(this.link.bus().buckets.identity.remove(key, revision), late));
  }

  /** Resolves once memory has all that was written before. Throws `unavailable`. */
  settle(): Promise<void> {
    return this.feeds.confirm('identity');
  }
}

/** The bucket takes `session.*` for the newest session of all. */
function isOneKey(key: string): boolean {
  return /^[\w-]+(\.[\w-]+)*$/.test(key);
}

function ofType<Type extends RecordType>(type: Type, record: unknown): RecordOf<Type> | undefined {
  return (record as IdentityRecord | undefined)?.type === type ? (record as RecordOf<Type>) : undefined;
}

async function wasNotOvertaken(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isManyhandsError(error, 'revision_conflict')) return false;
    throw error;
  }
}
