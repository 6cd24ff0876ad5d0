/** Starts the thread of a slot, from the TypeScript sources in tests and from the build at run time. */
import { Worker } from 'node:worker_threads';
import type { ThreadSetup } from './slot-messages.ts';

const fromSources = import.meta.url.endsWith('.ts');
const entry = new URL(fromSources ? './thread.ts' : './thread.js', import.meta.url);

/** Megabytes of JavaScript objects a kernel may hold; one that wants more loses its thread, not the process. */
const SLOT_MEMORY_MB = 2048;

export function spawnSlotThread(setup: ThreadSetup): Worker {
  return new Worker(entry, {
    workerData: setup,
    name: 'slot',
    resourceLimits: { maxOldGenerationSizeMb: SLOT_MEMORY_MB },
    ...(fromSources && { execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'] }),
  });
}
