/**
 * Knows whether NATS stores what this gateway sends. A server whose disk is full still answers every question; it only keeps nothing any more.
 *
 * Always true: at most one probe is on its way, however many ask.
 */
import { Inject, Injectable } from '@nestjs/common';
import { silentStreams } from '@manyhands/jetstream';
import { encode, keys } from '@manyhands/proto';
import { BrokerLink } from './broker-link.ts';
import { withDeadline } from './deadline.ts';

const probeAnsweredWithinMs = 1_000;

@Injectable()
export class Storage {
  readonly #link: BrokerLink;
  #probe: Promise<number> | undefined;

  constructor(@Inject(BrokerLink) link: BrokerLink) {
    this.#link = link;
  }

  /** Streams left a message of ours without an answer, and none of them has answered since. */
  get isStuck(): boolean {
    return this.#link.connected && silentStreams(this.#link.bus().broker).length > 0;
  }

  /** Stores something to find out; false also while NATS is away. A bucket that is full says so, which is an answer. */
  async works(): Promise<boolean> {
    try {
      const { idempotency } = this.#link.bus();
      this.#probe ??= idempotency
        .put(keys.storageProbe, encode({ v: 1, type: 'StorageProbe' }))
        .catch(() => 0)
        .finally(() => (this.#probe = undefined));
      await withDeadline(this.#probe, 'nothing was stored in time', probeAnsweredWithinMs);
      return !this.isStuck;
    } catch {
      return false;
    }
  }

  /** Begins the sentence a user gets when something was not stored in time. */
  whyLate(): string {
    return this.isStuck ? 'NATS stores nothing right now, most likely because its disk is full: free some space there.' : 'NATS did not answer in time.';
  }
}
