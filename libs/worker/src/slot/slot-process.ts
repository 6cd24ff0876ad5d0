/**
 * Hosts a slot in a process of its own, for task code that may end its process: it is the child that dies, and the worker, which holds the
 * lease, is informed at once and reads from the cells which chunk it was.
 *
 * Rejected for every lease: a result takes the way through another process, and a slot the memory of one more (about 75 MB).
 */
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { FileCells } from './cell-store.ts';
import {
  bubblewrapArgs,
  homeOf,
  type Confinement,
  processArgs,
  SANDBOX_MEMORY_MB,
  SANDBOX_STACK_MB,
  sandboxEnv,
  threadArgs,
} from './confinement.ts';
import { rootsOf } from './sandbox-roots.ts';
import type { HostEvents, HostSetup, SlotHost, SlotHosts } from './slot-host.ts';
import type { ThreadReport } from './slot-messages.ts';
import { sourceArgs } from './slot-thread.ts';

const entry = new URL(import.meta.url.endsWith('.ts') ? './isolated.ts' : './isolated.js', import.meta.url);

export class ProcessHosts implements SlotHosts {
  readonly cells = FileCells.create();
  readonly #confinement: Confinement | undefined;

  /** Without a confinement it may do what the worker may. */
  constructor(confinement?: Confinement) {
    this.#confinement = confinement;
  }

  open(setup: HostSetup, { report, ended }: HostEvents): SlotHost {
    const child = fork(entry, [], {
      stdio: ['ignore', 'inherit', 'inherit', this.cells.file, 'ipc'],
      serialization: 'advanced',
      ...(this.#confinement === undefined ? { execArgv: [...sourceArgs] } : confined(this.#confinement)),
    });
    const hasGroup = this.#confinement?.bubblewrap !== undefined;
    const gone = once(child, 'exit').catch(() => undefined);
    child.on('message', (message) => report(message as ThreadReport));
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) =>
      ended(signal === null ? `its process ended with ${code}` : `its process was ended by ${signal}`),
    );
    // What can no longer be sent is answered by its exit.
    const send = (message: object): void => void (child.connected && child.send(message, () => undefined));
    send(this.#confinement === undefined ? setup : confinedSetup(setup, this.#confinement));
    return {
      tell: (command) => send(command),
      async end() {
        if (child.exitCode === null && child.signalCode === null && killAll(child, hasGroup)) await gone;
      },
    };
  }

  close(): void {
    this.cells.close();
  }
}

/**
 * With all of its group, where it has one of its own: bubblewrap is three processes in the end, and while it starts the death of the first ends none of the others (bubblewrap 0.8).
 *
 * Invariant: the first process of the sandbox's namespace never leaves the group, and takes along whatever is in the namespace (sandbox.int.spec.ts).
 */
function killAll(child: ChildProcess, hasGroup: boolean): boolean {
  try {
    return child.pid === undefined ? false : process.kill(hasGroup ? -child.pid : child.pid, 'SIGKILL');
  } catch {
    return child.kill('SIGKILL');
  }
}

type Confined = Required<Pick<ForkOptions, 'execPath' | 'execArgv' | 'env' | 'cwd' | 'detached'>>;

function confined(confinement: Confinement): Confined {
  const roots = rootsOf(confinement.module);
  const nodeArgs = [...processArgs(roots), ...sourceArgs];
  const { bubblewrap } = confinement;
  return {
    ...(bubblewrap === undefined
      ? { execPath: process.execPath, execArgv: nodeArgs }
      : { execPath: bubblewrap, execArgv: [...bubblewrapArgs(roots), process.execPath, ...nodeArgs] }),
    env: sandboxEnv(confinement),
    cwd: homeOf(roots),
    detached: bubblewrap !== undefined,
  };
}

function confinedSetup(setup: HostSetup, { module }: Confinement): HostSetup {
  return {
    ...setup,
    kindModules: [{ address: module }],
    memoryMb: SANDBOX_MEMORY_MB,
    stackMb: SANDBOX_STACK_MB,
    nodeArgs: threadArgs(rootsOf(module)),
  };
}
