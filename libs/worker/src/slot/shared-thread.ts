/**
 * One thread for many slots, for task code that waits: each slot has a seat in it, with a channel and cells of its own, and runs one lease at a time there.
 *
 *   no thread ──the first seat is opened──▶ running ──the last seat is left, or the thread ends──▶ no thread
 *   seat: open ──end──▶ leaving ──the thread confirms──▶ left          leaving ──no answer in time──▶ the thread is ended, and every seat in it
 *
 * Invariant: what ends one slot (a chunk at its hard limit, an error that its task code did not catch) leaves the seats beside it alone, as long as the thread
 * still handles messages. Task code that goes on in a seat that was left computes no further chunk, and its cells are no longer those of the slot.
 *
 * Rejected: many chunks of one lease at once. A lease would wait for its slowest chunk, and which chunk ended the thread could not be read from the count.
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { SeatCells } from './cell-store.ts';
import type { HostEvents, HostSetup, SlotHost, SlotHosts } from './slot-host.ts';
import type { SeatOpening, SharedThreadReport, ThreadReport } from './slot-messages.ts';
import { spawnThread } from './slot-thread.ts';

const LEFT_WITHIN_MS = 1_000;

interface Seat {
  events: HostEvents;
  port: MessagePort;
}

interface RunningThread {
  worker: Worker;
  seats: Map<number, Seat>;
  /** By seat: what waits for its confirmation. */
  leaving: Map<number, () => void>;
  /** Why it was ended: the first reason, for its seats leave afterwards. */
  reason?: string | undefined;
}

export class SharedThread {
  readonly #blocked: (forMs: number) => void;
  #present: RunningThread | undefined;
  #lastSeat = 0;

  /** `blocked`: its task code computed for so long that all its chunks waited. */
  constructor(blocked: (forMs: number) => void) {
    this.#blocked = blocked;
  }

  /** The hosts of one more slot. */
  hosts(): SlotHosts {
    const cells = new SeatCells();
    return {
      cells,
      open: (setup, events) => this.#open(setup, events, cells.renew()),
      close: () => {},
    };
  }

  #open(setup: HostSetup, events: HostEvents, cells: SharedArrayBuffer): SlotHost {
    const thread = (this.#present ??= this.#start(setup));
    const { port1: port, port2 } = new MessageChannel();
    const seat = (this.#lastSeat += 1);
    thread.seats.set(seat, { events, port });
    port.on('message', (report: ThreadReport) => {
      // Before its slot opens another seat.
      if (report.is === 'over' && report.changed !== undefined) void this.#end(thread, `task code changed ${report.changed}`);
      events.report(report);
      if (report.is !== 'broken') return;
      void this.#leave(thread, seat);
      events.ended(report.message);
    });
    thread.worker.postMessage({ seat, port: port2, cells } satisfies SeatOpening, [port2]);
    return { tell: (command, handedOver = []) => port.postMessage(command, handedOver), end: () => this.#leave(thread, seat) };
  }

  #start(setup: HostSetup): RunningThread {
    const thread: RunningThread = { worker: undefined!, seats: new Map(), leaving: new Map() };
    thread.worker = spawnThread<SharedThreadReport>(setup, {
      report: (report) => {
        if (report.is === 'left') thread.leaving.get(report.seat)?.();
        else if (report.is === 'logged') [...thread.seats.values()][0]?.events.report(report);
        else if (report.is === 'blocked') this.#blocked(report.forMs);
      },
      ended: (reason) => {
        if (this.#present === thread) this.#present = undefined;
        const seats = [...thread.seats.values()];
        thread.seats.clear();
        for (const confirm of thread.leaving.values()) confirm();
        for (const { events, port } of seats) {
          port.close();
          events.ended(thread.reason ?? reason);
        }
      },
    });
    return thread;
  }

  /** Resolves when its task code runs no more, or nothing that it does reaches the slot any more. */
  async #leave(thread: RunningThread, seat: number): Promise<void> {
    const left = thread.seats.get(seat);
    if (left === undefined) return;
    thread.seats.delete(seat);
    left.port.close();
    if (thread.seats.size === 0) return this.#end(thread);
    let timer: NodeJS.Timeout | undefined;
    const isLeft = await new Promise<boolean>((resolve) => {
      thread.leaving.set(seat, () => resolve(true));
      timer = setTimeout(() => resolve(false), LEFT_WITHIN_MS);
    });
    clearTimeout(timer);
    thread.leaving.delete(seat);
    if (!isLeft) await this.#end(thread);
  }

  async #end(thread: RunningThread, reason?: string): Promise<void> {
    thread.reason ??= reason;
    if (this.#present === thread) this.#present = undefined;
    await thread.worker.terminate();
  }
}
