/**
 * The answered leases of all jobs of the last minutes, by slot: read while administrators look, and for a moment longer.
 *
 *   resting ──asked──▶ reading ──what is stored was read──▶ following ──not asked for `RESTS_AFTER_MS`──▶ resting
 *
 *                                             following ──interrupted──▶ reading
 *
 * Invariant: of what is stored at most the newest `PAGES_READ_MAX` pages are read, and `SlotRings` bounds what is held. No answer is given while the stream does not
 * answer, or the reader is not where it was: it might be the past.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { lastSequenceOf, openTail } from '@manyhands/broker';
import type { Broker, Tail } from '@manyhands/nats';
import { AnsweredLeases, answeredSubjects, decode, ifReadable, limits, type Answer } from '@manyhands/proto';
import { BrokerLink } from '../bus/broker-link.ts';
import { withDeadline } from '../bus/deadline.ts';
import { SlotRings } from './slot-rings.ts';

const PAGES_READ_MAX = 2_000;
const RESTS_AFTER_MS = 60_000;
const tooSlow = 'The leases cannot be read now, because NATS does not answer in time; try again in a few seconds.';

interface Following {
  rings: SlotRings;
  /** Resolves once all that is stored was read. */
  ready: () => Promise<void>;
  tail: Promise<Tail>;
}

@Injectable()
export class ClusterLeases implements OnApplicationShutdown {
  #following: Following | undefined;
  #resting: NodeJS.Timeout | undefined;

  constructor(@Inject(BrokerLink) private readonly link: BrokerLink) {}

  onApplicationShutdown(): Promise<void> {
    return this.#rest();
  }

  /** Those after a `next_after`; 0: of the last minutes. Throws `unavailable`. */
  async after(sequence: number): Promise<Answer<'ClusterLeases'>> {
    const { broker } = this.link.bus();
    const following = (this.#following ??= this.#follow(broker));
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.#rest(), RESTS_AFTER_MS);
    this.#resting.unref();
    // What takes longer is read on: who asks again finds it.
    await withDeadline(Promise.all([following.ready(), lastSequenceOf(broker, 'answered')]), tooSlow);
    const { rings } = following;
    const nowMs = Date.now();
    // Of a stream that was created again: all of it is new.
    const from = sequence > rings.last ? 0 : sequence;
    return {
      at: new Date(nowMs).toISOString(),
      next_after: String(rings.last),
      jobs: rings.after(from, nowMs - limits.clusterMinutes * 60_000),
    };
  }

  get isFollowing(): boolean {
    return this.#following !== undefined;
  }

  #follow(broker: Broker): Following {
    const following = follow(broker);
    following.tail.catch(() => {
      if (this.#following === following) void this.#rest();
    });
    return following;
  }

  async #rest(): Promise<void> {
    clearTimeout(this.#resting);
    const following = this.#following;
    this.#following = undefined;
    await following?.tail.then((tail) => tail.stop()).catch(() => undefined);
  }
}

function follow(broker: Broker): Following {
  const rings = new SlotRings();
  let current = Promise.withResolvers<void>();
  const tail = lastSequenceOf(broker, 'answered').then((last) =>
    openTail(
      broker,
      'answered',
      { filter: answeredSubjects.all, fromSequence: Math.max(1, last - PAGES_READ_MAX + 1) },
      {
        message({ sequence, data }) {
          const page = ifReadable(() => decode(AnsweredLeases, data));
          if (page) rings.add(sequence, page);
        },
        interrupted: () => (current = Promise.withResolvers()),
        current: () => current.resolve(),
      },
    ),
  );
  return { rings, ready: () => tail.then(() => current.promise), tail };
}
