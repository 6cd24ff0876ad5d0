/** The entry of a slot's thread. Task code may block it, crash it or end it; the process lives on. */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from './give-way.ts';
import { messageOf } from './kernel-error.ts';
import { Secrets } from './secrets.ts';
import type { ThreadReport, ThreadSetup } from './slot-messages.ts';
import { serveSlot } from './thread-loop.ts';

giveWay();
const secrets = new Secrets();
// Reported by this code: the report of Node has the secrets in it.
process.on('uncaughtException', (error) => {
  parentPort!.postMessage({ is: 'broken', message: secrets.mask(messageOf(error)) } satisfies ThreadReport);
  process.exit(1);
});
await serveSlot(parentPort!, workerData as ThreadSetup, secrets, console);
