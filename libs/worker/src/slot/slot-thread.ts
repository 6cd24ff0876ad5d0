/** Hosts a slot in a thread, from the TypeScript sources in tests and from the build at run time. */
import { Worker } from 'node:worker_threads';
import { SharedCells } from './cell-store.ts';
import type { HostEvents, HostSetup, SlotHost, SlotHosts } from './slot-host.ts';
import type { ThreadReport, ThreadSetup } from './slot-messages.ts';

const fromSources = import.meta.url.endsWith('.ts');
const entry = new URL(fromSources ? './thread.ts' : './thread.js', import.meta.url);
/** Arguments of Node that let it run the sources. */
export const sourceArgs: readonly string[] = fromSources ? ['--conditions=source', '--disable-warning=ExperimentalWarning'] : [];

/** Megabytes of JavaScript objects the task code may hold; one that wants more loses its thread, not the process. */
export const SLOT_MEMORY_MB = 2048;

export function spawnThread<Report extends { is: string } = ThreadReport>(
  setup: ThreadSetup,
  { report, ended }: { report(report: Report): void; ended(reason: string): void },
): Worker {
  const thread = new Worker(entry, {
    workerData: setup,
    name: 'slot',
    resourceLimits: {
      maxOldGenerationSizeMb: setup.memoryMb,
      ...(setup.stackMb !== undefined && { stackSizeMb: setup.stackMb }),
    },
    ...((fromSources || setup.nodeArgs) && { execArgv: [...(setup.nodeArgs ?? []), ...sourceArgs] }),
  });
  let reason: string | undefined;
  // Modules that think this thread is theirs post messages of their own ("ready").
  thread.on('message', (message: Report | null | undefined) => {
    if (typeof message?.is !== 'string') return;
    if (message.is === 'broken') reason = (message as unknown as { message: string }).message;
    report(message);
  });
  thread.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)));
  thread.on('exit', (code) => ended(reason ?? `the thread ended with exit code ${code}, as process.exit does`));
  return thread;
}

export class ThreadHosts implements SlotHosts {
  readonly cells = new SharedCells();

  open(setup: HostSetup, events: HostEvents): SlotHost {
    const thread = spawnThread({ ...setup, cells: this.cells.memory }, events);
    return {
      tell: (command, handedOver = []) => thread.postMessage(command, handedOver),
      end: async () => void (await thread.terminate()),
    };
  }

  close(): void {}
}
