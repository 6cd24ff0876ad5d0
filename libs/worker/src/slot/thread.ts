/** The entry of a slot's thread. Kernels may block it, crash it or end it; the process lives on. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadSetup } from './slot-messages.ts';
import { serveSlot } from './thread-loop.ts';

await serveSlot(parentPort!, workerData as ThreadSetup);
