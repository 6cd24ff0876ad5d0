/** Slots that compute the same kinds, with the desk that fills them and the source that leases come from. A worker has one for each kind with `concurrency`, and one for all others. */
import type { Broker } from '@manyhands/nats';
import type { Lane } from '@manyhands/proto';
import type { SlotGroup } from '../slot/slot-groups.ts';
import { LeaseDesk, type LeaseDeskOptions } from './lease-desk.ts';
import { LeaseSource } from './lease-source.ts';

export interface WorkGroupOptions extends Omit<LeaseDeskOptions, 'slots'> {
  broker: Broker;
  lanes: readonly Lane[];
  /** Sandboxed kinds that run inside bubblewrap. */
  confined: readonly string[];
  mendAfterMs: number | undefined;
}

export class WorkGroup {
  readonly desk: LeaseDesk;
  readonly #source: LeaseSource;
  #isOpen = false;
  #closing: Promise<void> | undefined;
  #draining: Promise<void> | undefined;

  constructor(group: SlotGroup, { broker, lanes, confined, mendAfterMs, changed, ...desk }: WorkGroupOptions) {
    this.desk = new LeaseDesk({
      ...desk,
      slots: group.slots,
      changed: () => {
        if (this.#isOpen) this.#source.ask();
        changed();
      },
    });
    this.#source = new LeaseSource({
      broker,
      kinds: group.kinds,
      confined: confined.filter((kind) => group.kinds.includes(kind)),
      lanes,
      consumer: { ackWaitMs: desk.ackWaitMs },
      mendAfterMs,
      room: () => this.desk.room,
      yieldable: () => this.desk.yieldable,
      take: (delivery) => this.desk.take(delivery),
    });
    group.idle = () => {
      this.desk.start();
      if (this.#isOpen) this.#source.ask();
      changed();
    };
  }

  /** Takes leases from now on. */
  async open(): Promise<void> {
    this.#isOpen = true;
    await this.#source.open();
  }

  /** Takes no more; what it has goes on. Resolves when nothing more can arrive. Repeating is safe, here and below. */
  close(): Promise<void> {
    this.#isOpen = false;
    return (this.#closing ??= this.#source.close());
  }

  /** Closes it, hands over what has not begun, and lets what runs end at the border of a chunk. Resolves when all of it is settled. */
  drain(): Promise<void> {
    return (this.#draining ??= this.close().then(() => this.desk.drain()));
  }
}
