/** A peer's server: found on this machine, run on a free loopback port with a temporary data folder, gone afterwards. */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, endsWithBench } from '../../children.ts';

export interface PeerServer {
  readonly version: string;
  /** What a peer's program is told. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Path of a program on PATH, or in the first of `folders` (globs, newest version first) that has it; throws a sentence when there is none. */
export function findProgram(name: string, folders: readonly string[] = []): string {
  const onPath = (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));
  const elsewhere = folders.flatMap((folder) =>
    globSync(join(folder, name)).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })),
  );
  const found = [...elsewhere, ...onPath].find((path) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

export function versionOf(path: string): string {
  return /\d+(\.\d+)+/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout)?.[0] ?? 'unknown';
}

export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `manyhands-${name}-`));
}

const READY_WITHIN_MS = 20_000;

/** Resolves once the server's log says `ready`; `stop` ends it and removes its folder. */
export async function startServer(
  command: string,
  args: readonly string[],
  { ready, folder, ...options }: SpawnOptions & { ready: RegExp; folder: string },
): Promise<() => Promise<void>> {
  const child = endsWithBench(spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
  const stop = async (): Promise<void> => {
    await ended(child, 'SIGINT');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await said(child, ready);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

async function said(child: ChildProcess, ready: RegExp): Promise<void> {
  let log = '';
  await new Promise<void>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`not ready in time: ${log.slice(-500)}`)), READY_WITHIN_MS);
    const hear = (bytes: Buffer): void => {
      if (timer.hasRef() && ready.test((log = (log + bytes.toString()).slice(-4_000)))) settle(done);
    };
    const settle = (settled: () => void): void => {
      clearTimeout(timer);
      settled();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => settle(() => fail(error)));
    child.once('exit', (code) => settle(() => fail(new Error(`ended with ${code}: ${log.slice(-500)}`))));
  });
}
