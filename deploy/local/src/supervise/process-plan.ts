/** What to start, when to stop it, and who is informed of what it does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { supervisedMark } from './supervised-mark.ts';

export interface ProcessPlan {
  /** Shown before each of its lines. */
  name: string;
  program: string;
  args: readonly string[];
  /** Folder it runs in; unset: that of the parent. */
  cwd?: string;
  /** Added to the environment of the parent. */
  env: Readonly<Record<string, string>>;
  /** Node services watch the IPC channel and end with their parent; another program is given none. */
  watchesParent: boolean;
  /** Stages drain one after the other, lowest first. */
  drainStage: number;
  /** Milliseconds it has to end when ordered to, before it is killed; default `graceMsDefault`. */
  graceMs?: number;
}

export interface ProcessEvents {
  /** One line of the child's output. */
  line(name: string, line: string): void;
  /** The child ended without being ordered to. */
  died(name: string, how: string, restartInMs: number): void;
  /** The child sent something over its IPC channel; `answer` sends something back. */
  asked?(name: string, message: unknown, answer: (message: object) => void): void;
  /** The child never got to work, and is not started again; `lastLines` is what it printed last. Unset: it is always started again. */
  gaveUp?(name: string, how: string, lastLines: readonly string[]): void;
}

export const graceMsDefault = 10_000;

/** Arguments of Node that make a service watch its parent; the compiled or the source form, whichever runs. */
export const watchParentArgs: readonly string[] = [
  '--import',
  new URL(`exit-with-parent${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href,
];

/** In a process group of its own, so that signals of the terminal do not reach it. */
export function startProcess({ program, args, cwd, env, watchesParent }: ProcessPlan): ChildProcess {
  return spawn(program, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env, ...(watchesParent ? { [supervisedMark]: '1' } : {}) },
    stdio: watchesParent ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
}
