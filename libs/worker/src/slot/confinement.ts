/**
 * How the process of a sandboxed kind is started, so that code which broke out of its interpreter finds nothing: no environment, no files but our code, no
 * network, no other process.
 *
 * Two walls stand around it. Node's permission model is always there (no writing, no child processes, no addons, reading only of our packages); its authors call it a
 * seat belt. Bubblewrap is there where the host has it, and is the one that holds against native code: namespaces of its own for files, network, processes
 * and users.
 *
 * Invariant: the module of the kind is all that such a process loads, and a process belongs to one job.
 */
import { spawnSync } from 'node:child_process';
import type { KindCard } from './slot-messages.ts';
import { rootsOf } from './sandbox-roots.ts';

/** What a worker knows of the sandbox, for all of its slots. */
export interface Sandbox {
  /** The program; undefined where it is missing, does not work, or is not wanted. */
  readonly bubblewrap: string | undefined;
  /** Whether sandboxed kinds run only with it. */
  readonly isBubblewrapRequired: boolean;
  /** All that the processes see of an environment. */
  env: Readonly<Record<string, string>>;
  /** Milliseconds a chunk or merge may take at most, whatever its job allows. */
  limitMs: number;
}

export interface SandboxOptions {
  /** `auto`, unless given: where it is here and works. */
  bubblewrap?: 'auto' | 'required' | 'off';
  env?: Readonly<Record<string, string>>;
  limitMs?: number;
}

/** One process of the sandbox. */
export interface Confinement extends Sandbox {
  /** Address of the module of its kind. */
  module: string;
}

/** In the environment of each process of the sandbox, so that a kind can load its interpreter before the first chunk. */
const SANDBOXED = 'MANYHANDS_SANDBOXED';
/** Of JavaScript objects: what the interpreter holds is not among them. */
export const SANDBOX_MEMORY_MB = 512;
/** An interpreter in WebAssembly recurses on the stack of its thread. */
export const SANDBOX_STACK_MB = 16;
/** After it has been asked to stop. */
export const ENDED_AFTER_MS = 1_000;

const LIMIT_MS = 10_000;
const PROGRAM = 'bwrap';
const PATIENCE_MS = 10_000;

/** Bubblewrap is looked for when it is first asked for: a worker without sandboxed kinds never does. */
export function openSandbox({ bubblewrap = 'auto', env = {}, limitMs = LIMIT_MS }: SandboxOptions = {}): Sandbox {
  let found: { program: string | undefined } | undefined;
  return {
    get bubblewrap() {
      found ??= { program: bubblewrap === 'off' ? undefined : findBubblewrap() };
      return found.program;
    },
    isBubblewrapRequired: bubblewrap === 'required',
    env,
    limitMs,
  };
}

export function sandboxEnv({ env }: Pick<Sandbox, 'env'>): Record<string, string> {
  return { ...env, [SANDBOXED]: '1' };
}

/** Arguments of Node for the thread that runs the task code. A thread that may start threads may start one without any of this, so it may not. */
export function threadArgs(roots: readonly string[]): string[] {
  return ['--permission', ...roots.map((root) => `--allow-fs-read=${root}/*`)];
}

/** Arguments of Node for the process, whose main thread starts that thread and runs none of its code. */
export function processArgs(roots: readonly string[]): string[] {
  return [...threadArgs(roots), '--allow-worker', '--disallow-code-generation-from-strings', '--disable-warning=SecurityWarning'];
}

/** Where it runs. Not in `/`: a thread with a permission model may read the folder that its process was started in (Node 24.21; sandbox.int.spec.ts reads a file outside). */
export function homeOf(roots: readonly string[]): string {
  return roots[0] ?? '/nonexistent';
}

/**
 * Arguments of bubblewrap, before the program it runs. Not `--new-session`: `slot-process.ts` starts it in a session of its own, away from every terminal, and ends all of
 * its processes by their group, which `--new-session` has them leave.
 */
export function bubblewrapArgs(roots: readonly string[], node = process.execPath): string[] {
  const system = ['/usr', '/lib', '/lib64'].flatMap((folder) => ['--ro-bind-try', folder, folder]);
  const ours = [...roots, node].flatMap((path) => ['--ro-bind', path, path]);
  return [
    ...['--unshare-all', '--die-with-parent', '--cap-drop', 'ALL'],
    ...['--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...system,
    ...ours,
    ...['--chdir', homeOf(roots)],
  ];
}

/** The program, if it is here and can start what we start. It takes some 50 ms. */
export function findBubblewrap(program = PROGRAM): string | undefined {
  const { status } = spawnSync(program, [...bubblewrapArgs(rootsOf(import.meta.url)), process.execPath, '--version'], {
    stdio: 'ignore',
    timeout: PATIENCE_MS,
  });
  return status === 0 ? program : undefined;
}

/** Throws where bubblewrap is required and is not here. */
export function demandBubblewrap(cards: readonly KindCard[], sandbox: Sandbox): void {
  const sandboxed = cards.filter((card) => card.sandboxed);
  if (sandboxed.length === 0 || !sandbox.isBubblewrapRequired || sandbox.bubblewrap !== undefined) return;
  const names = sandboxed.map(({ name }) => name).join(', ');
  throw new Error(
    `bubblewrap is required for ${names}, and is missing here or does not work: install the program bwrap and allow user namespaces, or compute other kinds here`,
  );
}
