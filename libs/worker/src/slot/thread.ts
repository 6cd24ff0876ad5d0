/** The entry of a slot's thread, and of a shared one. Task code may block it, crash it or end it; the process lives on. */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from './give-way.ts';
import { messageOf } from './kernel-error.ts';
import { serveSeats } from './seats.ts';
import { Secrets } from './secrets.ts';
import type { ThreadReport, ThreadSetup } from './slot-messages.ts';
import { serveSlot } from './thread-loop.ts';

giveWay();
const secrets = new Secrets();
const setup = workerData as ThreadSetup;
let breaksSeat = (_message: string): boolean => false;
// Reported by this code: the report of Node has the secrets in it.
process.on('uncaughtException', (error) => {
  const message = secrets.mask(messageOf(error));
  if (breaksSeat(message)) return;
  parentPort!.postMessage({ is: 'broken', message } satisfies ThreadReport);
  process.exit(1);
});
if (setup.cells === undefined) breaksSeat = serveSeats(parentPort!, setup, secrets, console);
else await serveSlot(parentPort!, { ...setup, cells: setup.cells }, secrets, console);
