/**
 * Builds what has changed, without a word of the tools that do it unless they fail: then all they printed is the reason.
 *
 * Invariant: after it has resolved or thrown, no process of it runs. The tools lead a process group of their own, so that what ends them ends those they started.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Refusal } from '../refusal.ts';

export interface ProjectBuild {
  projectFolder: string;
  /** Names of workspaces that are left out. */
  except?: readonly string[];
  /** Called once when it takes a while, which it does not when little has changed. */
  say: (line: string) => void;
  /** Ends it, and it throws the reason. */
  signal?: AbortSignal;
  /** Of the tools; to be replaced by tests. */
  tool?: readonly string[];
  quietMs?: number;
  /** Given all that was printed so far. */
  printed?: (text: string) => void;
}

const slowSentence = 'Building what has changed; on a fresh clone that takes a minute or two.';

/** Builds all workspaces, through the cache of nx. Throws a refusal that holds the whole output when the build fails. */
export async function buildProject(build: ProjectBuild): Promise<void> {
  const { projectFolder, except = [] } = build;
  const args = ['run-many', '--targets=build', '--outputStyle=static'];
  if (except.length > 0) args.push(`--exclude=${except.join(',')}`);
  await runQuietly([...(build.tool ?? [process.execPath, nxOf(projectFolder)]), ...args], build);
}

/**
 * Builds these workspaces alone, and not through a cache: nx keeps what it builds under a hash of the sources that it made before, so that what is saved while it
 * builds would be kept under the sources of a moment ago. Throws as `buildProject` does.
 */
export async function buildWorkspaces(names: readonly string[], build: ProjectBuild): Promise<void> {
  const npm = process.env['npm_execpath'];
  const args = ['run', 'build', '--silent', ...names.map((name) => `--workspace=${name}`)];
  await runQuietly([...(build.tool ?? (npm === undefined ? ['npm'] : [process.execPath, npm])), ...args], build);
}

async function runQuietly([program, ...args]: readonly string[], build: ProjectBuild): Promise<void> {
  const { projectFolder, say, signal, quietMs = 3_000 } = build;
  signal?.throwIfAborted();
  const child = spawn(program!, args, {
    cwd: projectFolder,
    // No process of the tool stays behind, and nothing of it is coloured for a terminal it does not have.
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output.push(bytes);
      build.printed?.(Buffer.concat(output).toString());
    });
  }
  const end = (): void => endGroup(child.pid);
  const slow = setTimeout(() => say(slowSentence), quietMs);
  process.once('exit', end);
  signal?.addEventListener('abort', end);
  try {
    const how = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : `it ended with ${code ?? killedBy}`));
    });
    signal?.throwIfAborted();
    if (how !== undefined)
      throw new Refusal(`${Buffer.concat(output).toString().trim()}\n\nThe build failed (${how}); what it printed stands above.`);
  } finally {
    clearTimeout(slow);
    process.off('exit', end);
    signal?.removeEventListener('abort', end);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGTERM');
  } catch {
    // It has ended.
  }
}

function nxOf(projectFolder: string): string {
  try {
    const manifest = createRequire(join(projectFolder, 'package.json')).resolve('nx/package.json');
    return join(dirname(manifest), (JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { nx: string } }).bin.nx);
  } catch {
    throw new Refusal('The tools that build this are not installed. Run "npm install --include=dev" first.');
  }
}
