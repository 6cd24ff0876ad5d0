/** What runs the task code of a slot: a thread of this process (`slot-thread.ts`), or a process of its own (`slot-process.ts`). */
import type { CellStore } from './cell-store.ts';
import type { ThreadCommand, ThreadReport, ThreadSetup } from './slot-messages.ts';

export interface SlotHost {
  /** `handedOver`: buffers in the command that are of no use here any more. */
  tell(command: ThreadCommand, handedOver?: readonly ArrayBuffer[]): void;
  /** By force, whatever it is at. Resolves when it is gone. */
  end(): Promise<void>;
}

export interface HostEvents {
  report(report: ThreadReport): void;
  /** It is gone, by itself or by force, with what is known of why. */
  ended(reason: string): void;
}

/** What a slot sends each of its hosts at the start. */
export type HostSetup = Omit<ThreadSetup, 'cells'>;

/** The hosts of one slot, one after the other, and the cells it shares with them. */
export interface SlotHosts {
  readonly cells: CellStore;
  open(setup: HostSetup, events: HostEvents): SlotHost;
  close(): void;
}
