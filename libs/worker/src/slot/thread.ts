/** The entry of a slot's thread. Kernels may block it, crash it or end it; the process lives on. */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from './give-way.ts';
import type { ThreadSetup } from './slot-messages.ts';
import { serveSlot } from './thread-loop.ts';

giveWay();
await serveSlot(parentPort!, workerData as ThreadSetup);
