/**
 * What a shared thread does: loads the kinds once, and serves each seat that its worker opens in it like a slot.
 *
 *   open ──its port is closed──▶ left          open ──an error that its task code did not catch──▶ broken, and left by its slot
 *
 * Invariant: an error that nothing catches breaks the seat whose task code it comes from, however many wait beside it. One that comes from none ends the thread.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { MessagePort } from 'node:worker_threads';
import { loadKinds } from './kind-modules.ts';
import { messageOf } from './kernel-error.ts';
import { catchConsole, LogLines } from './log-lines.ts';
import { LOOK_MS, LoopWatch } from './loop-watch.ts';
import type { Secrets } from './secrets.ts';
import type { SeatOpening, SharedThreadReport, ThreadReport, ThreadSetup } from './slot-messages.ts';
import { ThreadTurns } from './thread-turns.ts';
import { serveRuns } from './thread-loop.ts';

interface Seat {
  port: MessagePort;
}

/** Returns what to do with an error that nothing caught: false when it is of no seat. */
export function serveSeats(
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  setup: ThreadSetup,
  secrets: Secrets,
  console: Console,
): (message: string) => boolean {
  const present = new AsyncLocalStorage<Seat>();
  const report = (message: SharedThreadReport): void => port.postMessage(message);
  const turns = new ThreadTurns();
  const loading = loadKinds(setup.kindModules);
  // Reported to each seat.
  loading.catch(() => undefined);
  const outside = new LogLines(
    (line) => report({ is: 'logged', line }),
    (text) => secrets.mask(text),
  );
  catchConsole(console, outside);

  async function open({ seat, port: seatPort, cells }: SeatOpening): Promise<void> {
    const opened: Seat = { port: seatPort };
    seatPort.on('close', () => report({ is: 'left', seat }));
    try {
      const kinds = await loading;
      serveRuns(seatPort, kinds, { ...setup, cells }, secrets, (work) => present.run(opened, work), turns);
      // Its worker has the kinds already.
      seatPort.postMessage({ is: 'ready', kinds: [] } satisfies ThreadReport);
    } catch (error) {
      seatPort.postMessage({ is: 'broken', message: messageOf(error) } satisfies ThreadReport);
    }
  }

  port.on('message', (opening: SeatOpening) => void open(opening));
  watchLoop((forMs) => report({ is: 'blocked', forMs }));
  return (message) => {
    const seat = present.getStore();
    seat?.port.postMessage({ is: 'broken', message } satisfies ThreadReport);
    return seat !== undefined;
  };
}

function watchLoop(blocked: (forMs: number) => void): void {
  const watch = new LoopWatch(performance.now(), threadMs());
  setInterval(() => {
    const forMs = watch.look(performance.now(), threadMs());
    if (forMs !== undefined) blocked(forMs);
  }, LOOK_MS).unref();
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
