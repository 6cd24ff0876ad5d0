/**
 * The entry of a slot's thread. Kernels may block it, crash it or end it; the process lives on.
 *
 * On Linux, where a priority belongs to a thread, it computes below everything else on the machine: leases, results and pages are then handled at
 * once while all cores compute, and slots lose no more than what that takes. Elsewhere it would slow the whole process down.
 */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadSetup } from './slot-messages.ts';
import { serveSlot } from './thread-loop.ts';

if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
await serveSlot(parentPort!, workerData as ThreadSetup);
