/** A system by one command, as somebody starts it who has nothing of it yet: npm installs the packages into its cache and runs the command. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, npm } from './packed.ts';

export interface NpxRun {
  /** Milliseconds from the command to the line that states the address. */
  readyMs: number;
  /** What was printed until then, npm's lines among them. */
  lines: string[];
  /** What was installed: bytes that are taken on the disk. */
  installedBytes: number;
  /** What Ctrl-C does. Resolves when no process of the command is left, and leaves no file behind. */
  stop(): Promise<void>;
}

export interface NpxOptions {
  /** Files of packed packages; the newest of each. */
  tarballs: readonly string[];
  /** With the packages that npm has fetched before; else an empty cache. */
  warm: boolean;
  port: number;
  natsPort: number;
  natsServer: string;
}

const readyWithinMs = 240_000;

/** In a new empty folder. Throws with everything that was printed when the command ends before the system is ready. */
export async function startByNpx({ tarballs, warm, port, natsPort, natsServer }: NpxOptions): Promise<NpxRun> {
  const home = mkdtempSync(join(tmpdir(), 'by npx '));
  const folder = join(home, 'empty');
  const cache = join(home, 'cache');
  for (const made of [folder, cache]) mkdirSync(made);
  // npx keeps what it installs beside the cache of packages: it gets a place of its own, so that it installs, and that nothing stays.
  if (warm) symlinkSync(join(cacheOfNpm(), '_cacache'), join(cache, '_cacache'));
  // On the Node that the packages ask for: on an older one npm warns of each of them.
  const [program = '', ...start] = npm.length === 1 ? npm : [process.execPath, ...npm.slice(1)];
  const packages = tarballs.map((file) => `--package=${file}`);
  const fromMs = performance.now();
  // What the registry owes for so long is asked for again: npm alone would wait for five minutes.
  const child = spawn(
    program,
    [...start, 'exec', '--yes', '--prefer-offline', ...packages, '--', 'manyhands', 'server', '--port', String(port)],
    {
      cwd: folder,
      env: {
        ...environment,
        npm_config_cache: cache,
        npm_config_fetch_timeout: '20000',
        MANYHANDS_NATS_SERVER: natsServer,
        MANYHANDS_NATS_PORT: String(natsPort),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  const exited = once(child, 'exit');
  let printed = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        printed += text.toString();
        if (/Ready: open .*\n/.test(printed)) resolve();
      });
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // A terminal sends the signal to all processes of the command. npm does not wait for those it started.
    if (isAlive(child.pid!)) process.kill(-child.pid!, signal);
    await exited;
    while (isAlive(child.pid!)) await new Promise((resume) => setTimeout(resume, 50));
    rmSync(home, { recursive: true, force: true });
  };
  const timeout = AbortSignal.timeout(readyWithinMs);
  const late = new Promise<'late'>((resolve) => timeout.addEventListener('abort', () => resolve('late')));
  const outcome = await Promise.race([ready, late, exited.then(() => 'ended' as const)]);
  if (outcome !== undefined) {
    await end('SIGKILL');
    throw new Error(`the system was not ready (${outcome}):\n${printed}`);
  }
  return {
    readyMs: performance.now() - fromMs,
    lines: printed.trimEnd().split('\n'),
    installedBytes: bytesOnDisk(join(cache, '_npx')),
    stop: () => end('SIGINT'),
  };
}

function cacheOfNpm(): string {
  const [program = '', ...start] = npm;
  return spawnSync(program, [...start, 'config', 'get', 'cache'], { encoding: 'utf8', env: environment }).stdout.trim();
}

function bytesOnDisk(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => lstatSync(join(folder, path)).blocks * 512)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** A process of the group that this one leads. */
function isAlive(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}
