/**
 * The entry of a process that hosts one slot. Its task code runs in a thread here too, so that it can handle messages and notices when its
 * worker is gone, whatever they do.
 *
 * Invariant: it ends with its thread, and with its worker; signals for the worker's process group are the worker's to heed.
 */
import type { HostSetup } from './slot-host.ts';
import type { ThreadCommand, ThreadReport } from './slot-messages.ts';
import { spawnThread } from './slot-thread.ts';

/** Where the worker has put the open file of the cells. */
const CELLS_FILE = 3;

const report = (message: ThreadReport, sent = () => {}): void => void process.send!(message, sent);

process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
process.once('message', (setup: HostSetup) => {
  const thread = spawnThread(
    { ...setup, cells: CELLS_FILE },
    { report, ended: (reason) => report({ is: 'broken', message: reason }, () => process.exit(1)) },
  );
  process.on('message', (command: ThreadCommand) => thread.postMessage(command));
});
