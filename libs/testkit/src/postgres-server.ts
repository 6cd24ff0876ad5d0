/**
 * A real PostgreSQL for one test file: its own cluster in a temporary folder, its own port on loopback, gone when the test process is.
 *
 *   made ──start──▶ running ──kill──▶ stopped ──restart──▶ running (same port, same data) ──stop──▶ removed
 *
 * PostgreSQL refuses to run as root; then it runs as the user `postgres`, which its package makes.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface PostgresServer {
  /** Of a database of its own, as a user who may do anything in it. */
  readonly url: string;
  readonly port: number;
  /** SIGKILL of it and all its processes, as when the power goes; the data stay. */
  kill(): Promise<void>;
  /** Starts again on the same port and data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;
const password = 's3cret';
const running = new Set<ChildProcess>();
const endAll = (): void => running.forEach((child) => killGroup(child));
process.once('exit', endAll);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endAll();
    process.kill(process.pid, signal);
  });
}

/** The folder of `initdb` and `postgres`: of PATH, else the newest of Debian's. Undefined: there is none. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const packaged = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...packaged.map((release) => join(debian, release, 'bin'))];
  const found = folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))));
  return found !== undefined && (process.getuid?.() !== 0 || userOfPackage() !== undefined) ? found : undefined;
}

function userOfPackage(): { uid: number; gid: number } | undefined {
  try {
    const idOf = (flag: string) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: idOf('-u'), gid: idOf('-g') };
  } catch {
    return undefined;
  }
}

/** Throws when there is none: ask `findPostgres` first. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('no PostgreSQL found: install the package postgresql');
  const user = process.getuid?.() === 0 ? userOfPackage() : undefined;
  const home = mkdtempSync(join(tmpdir(), 'manyhands-postgres-'));
  chmodSync(home, 0o700);
  if (user) chownSync(home, user.uid, user.gid);
  const data = join(home, 'data');
  const as = { ...user, cwd: home, env: { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, LC_ALL: 'C.UTF-8' } };
  execFileSync(
    join(bin, 'initdb'),
    // Flushing counts only where a machine loses its power: `kill` ends processes.
    ['-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions'],
    { ...as, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  execFileSync(join(bin, 'postgres'), ['--single', '-D', data, 'postgres'], {
    ...as,
    input: 'CREATE DATABASE manyhands\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function run(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'shared_buffers=16MB',
      'logging_collector=off',
    ];
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    const started = spawn(join(bin!, 'postgres'), args, { ...as, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    await ready(started);
  }

  async function end(how: (child: ChildProcess) => void): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    how(ending);
    await exited;
  }

  await run();
  return {
    url: `postgres://owner:${password}@127.0.0.1:${port}/manyhands`,
    port,
    kill: () => end(killGroup),
    async restart() {
      await end(killGroup);
      await run();
    },
    async stop() {
      // Not gently: its data are removed.
      await end(killGroup);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** It leads a group of its own: its processes end with it, and leave no lock on its data. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    const timer = setTimeout(() => fail(`PostgreSQL not ready after ${readyWithinMs} ms`), readyWithinMs);
    const ended = () => fail('PostgreSQL ended before it was ready');
    function fail(why: string): void {
      clearTimeout(timer);
      killGroup(child);
      reject(new Error(`${why}; its log:\n${log.join('\n')}`));
    }
    child.once('exit', ended);
    child.once('error', (error) => fail(error.message));
    createInterface({ input: child.stderr! }).on('line', (line) => {
      log.push(line);
      if (log.length > 100) log.shift();
      if (!line.includes('ready to accept connections')) return;
      clearTimeout(timer);
      child.off('exit', ended);
      resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
