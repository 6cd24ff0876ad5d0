/**
 * Preloaded into each service (`node --import`): ends the service when the process that started it is gone.
 *
 * Invariant: however the parent ends, SIGKILL included, the operating system closes its end of the IPC channel, so nothing has
 * to run in the parent for this to work. The service gets the SIGTERM it drains on, and a hard end if it does not.
 */
import { isMainThread } from 'node:worker_threads';
import { supervisedMark } from './supervised-mark.ts';

const drainMsMax = 8_000;

function endService(): void {
  setTimeout(() => process.exit(1), drainMsMax).unref();
  process.kill(process.pid, 'SIGTERM');
}

if (isMainThread && process.env[supervisedMark]) {
  delete process.env[supervisedMark];
  if (process.connected) {
    process.once('disconnect', endService);
    // Listening alone would keep a drained service from ending.
    process.channel?.unref();
  } else endService();
}
