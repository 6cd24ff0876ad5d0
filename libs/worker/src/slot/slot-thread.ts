/** Starts the thread of a slot, from the TypeScript sources in tests and from the build at run time. */
import { Worker } from 'node:worker_threads';
import type { ThreadSetup } from './slot-messages.ts';

const fromSources = import.meta.url.endsWith('.ts');
const entry = new URL(fromSources ? './thread.ts' : './thread.js', import.meta.url);

export function spawnSlotThread(setup: ThreadSetup): Worker {
  return new Worker(entry, {
    workerData: setup,
    name: 'slot',
    ...(fromSources && { execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'] }),
  });
}
