/**
 * A system started for the demo: `start.js` as a process of its own, its output in a log file so that it does not tear the progress
 * bar apart.
 *
 *   starting ──ready──▶ running ──stop──▶ stopped          starting ──ends──▶ refusal with the end of its log
 *
 * Invariant: unless it is to be kept, it ends with the demo, however the demo ends.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../home.ts';
import { Refusal } from '../refusal.ts';
import { waitUntilReady } from '../system/readiness.ts';

export interface OwnSystemSetting {
  home: Home;
  url: string;
  /** The compiled entry file and its arguments. */
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Runs on when the demo has ended. */
  keep: boolean;
  /** Ends the wait. */
  signal: AbortSignal;
}

export interface OwnSystem {
  pid: number;
  logFile: string;
  /** Drains it and resolves when it is gone. A kept one is left alone. */
  stop(): Promise<void>;
}

/** Resolves when it is ready. */
export async function startOwnSystem({ home, url, command, env, keep, signal }: OwnSystemSetting): Promise<OwnSystem> {
  mkdirSync(home.logs, { recursive: true, mode: 0o700 });
  const logFile = join(home.logs, 'demo.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(process.execPath, command, {
    env,
    // It drains when this channel closes; a kept one has none.
    stdio: keep ? ['ignore', log, log] : ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await gone;
  };
  try {
    await readyOrGone({ url, signal, gone, logFile });
  } catch (error) {
    await stop();
    throw error;
  }
  if (keep) child.unref();
  return { pid: child.pid ?? 0, logFile, stop: keep ? () => Promise.resolve() : stop };
}

async function readyOrGone({
  url,
  signal,
  gone,
  logFile,
}: {
  url: string;
  signal: AbortSignal;
  gone: Promise<void>;
  logFile: string;
}): Promise<void> {
  const over = new AbortController();
  const ready = waitUntilReady({ url, signal: AbortSignal.any([signal, over.signal]) }).then(() => true);
  try {
    if (await Promise.race([ready, gone.then(() => false)])) return;
  } finally {
    over.abort();
    await ready.catch(() => undefined);
  }
  throw new Refusal(`The system did not start. The end of ${logFile}:\n${tailOf(logFile)}`);
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
