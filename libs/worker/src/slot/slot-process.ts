/**
 * Hosts a slot in a process of its own, for task code that may end its process: it is the child that dies, and the worker, which holds the
 * lease, is informed at once and reads from the cells which chunk it was.
 *
 * Rejected for every lease: a result takes the way through another process, and a slot the memory of one more (about 75 MB).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { FileCells } from './cell-store.ts';
import type { HostEvents, HostSetup, SlotHost, SlotHosts } from './slot-host.ts';
import type { ThreadReport } from './slot-messages.ts';
import { sourceArgs } from './slot-thread.ts';

const entry = new URL(import.meta.url.endsWith('.ts') ? './isolated.ts' : './isolated.js', import.meta.url);

export class ProcessHosts implements SlotHosts {
  readonly cells = FileCells.create();

  open(setup: HostSetup, { report, ended }: HostEvents): SlotHost {
    const child = fork(entry, [], {
      stdio: ['ignore', 'inherit', 'inherit', this.cells.file, 'ipc'],
      serialization: 'advanced',
      execArgv: [...sourceArgs],
    });
    const gone = once(child, 'exit').catch(() => undefined);
    child.on('message', (message) => report(message as ThreadReport));
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) =>
      ended(signal === null ? `its process ended with ${code}` : `its process was ended by ${signal}`),
    );
    // What can no longer be sent is answered by its exit.
    const send = (message: object): void => void (child.connected && child.send(message, () => undefined));
    send(setup);
    return {
      tell: (command) => send(command),
      async end() {
        if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await gone;
      },
    };
  }

  close(): void {
    this.cells.close();
  }
}
