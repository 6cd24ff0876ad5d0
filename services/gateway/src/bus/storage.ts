/**
 * Knows whether NATS stores what this gateway sends. A server whose disk is full still answers every question; it only keeps nothing any more. A leader that
 * has lost its majority states how full it is, and keeps nothing either. So something is stored to find out, and the leaders of what jobs need are asked.
 *
 * Invariant: at most one probe is on its way, however many ask.
 */
import { clockOf } from '@manyhands/broker';
import { Inject, Injectable } from '@nestjs/common';
import { encode, isManyhandsError, keys } from '@manyhands/proto';
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
    return this.#link.connected && this.#link.bus().broker.silence.names.length > 0;
  }

  async works(): Promise<boolean> {
    return (await this.trouble()) === undefined;
  }

  /** Why no job would be stored now, in a sentence; undefined when it would. Never throws. */
  async trouble(): Promise<string | undefined> {
    try {
      const { room } = this.#link.bus();
      const [standing] = await Promise.all([
        room.standing(probeAnsweredWithinMs),
        withDeadline(this.#store(), 'NATS stored nothing in time.', probeAnsweredWithinMs),
      ]);
      return standing ?? (this.isStuck ? this.whyLate() : undefined);
    } catch (error) {
      return this.isStuck ? this.whyLate() : (error as Error).message;
    }
  }

  /** Milliseconds that our clock is from the server's; undefined while it does not answer. Never throws. */
  async clockDifferenceMs(): Promise<number | undefined> {
    try {
      const askedAtMs = Date.now();
      const { broker } = this.#link.bus();
      const serverMs = await withDeadline(clockOf(broker, 'mailbox'), 'NATS did not answer in time.', probeAnsweredWithinMs);
      return Math.abs(serverMs - (askedAtMs + Date.now()) / 2);
    } catch {
      return undefined;
    }
  }

  /** A bucket that is full answers so, which is an answer: requests without a key do not wait for it. */
  #store(): Promise<number> {
    this.#probe ??= this.#link
      .bus()
      .idempotency.put(keys.storageProbe, encode({ v: 1, type: 'StorageProbe' }))
      .catch((error: unknown) => {
        if (isManyhandsError(error, 'unavailable') && error.message.endsWith('is full')) return 0;
        throw error;
      })
      .finally(() => (this.#probe = undefined));
    return this.#probe;
  }

  /** Begins the sentence a user gets when something was not stored in time. */
  whyLate(): string {
    return this.isStuck
      ? 'NATS stores nothing right now, most likely because its disk is full: free some space there.'
      : 'NATS did not answer in time.';
  }
}
