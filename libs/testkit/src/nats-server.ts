/**
 * A real nats-server for one test file: its own port and store, gone when the test process is.
 *
 *   stopped ──start──▶ running ──kill──▶ stopped ──restart──▶ running (same port, same store) ──stop──▶ removed
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findNatsServer } from './nats-binary.ts';
import { reservedPort } from './reserved-port.ts';

export interface NatsServerOptions {
  /** Flush to disk before each acknowledgement, as the product does. Default true. */
  syncAlways?: boolean;
  /** Flush to disk this often instead, e.g. `1s`. */
  syncInterval?: string;
  /** Keeps the store here, and leaves it there on stop. Default: a temporary folder. */
  storeDir?: string;
  /** Default: a free one. */
  port?: number;
  /** Default true. */
  jetStream?: boolean;
  /** JetStream domain. */
  domain?: string;
  /** Lines added to the server's configuration, e.g. `max_payload: 64KB`. */
  extraConfig?: string;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
  /** Of the process that runs now; undefined while it is stopped. */
  readonly pid: number | undefined;
  /** What it logged about clients that did what their permissions forbid, since the first start. */
  readonly violations: readonly string[];
  /** Ends it and removes a temporary store. */
  stop(): Promise<void>;
  /** SIGKILL; the store stays. */
  kill(): Promise<void>;
  /** Starts again on the same port and store, after ending it gently if it still runs. */
  restart(): Promise<void>;
}

const readyWithinMs = 20_000;
const running = new Set<ChildProcess>();
function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
process.once('exit', endAll);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endAll();
    process.kill(process.pid, signal);
  });
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = findNatsServer();
  const home = mkdtempSync(join(tmpdir(), 'manyhands-nats-'));
  const storeDir = options.storeDir ?? join(home, 'store');
  let port = options.port ?? (await reservedPort());
  let child: ChildProcess | undefined;
  const violations: string[] = [];

  async function run(): Promise<void> {
    const configFile = join(home, 'server.conf');
    writeFileSync(
      configFile,
      configOf({
        port,
        storeDir,
        syncInterval: options.syncInterval ?? ((options.syncAlways ?? true) ? 'always' : undefined),
        jetStream: options.jetStream ?? true,
        domain: options.domain,
        extraConfig: options.extraConfig ?? '',
      }),
    );
    const started = spawn(binary, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    createInterface({ input: started.stderr }).on('line', (line) => line.includes('Violation') && violations.push(line));
    port = await portWhenReady(started);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  }

  try {
    await run();
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
  return {
    get url() {
      return `nats://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    storeDir,
    violations,
    get pid() {
      return child?.pid;
    },
    async stop() {
      await end('SIGTERM');
      rmSync(home, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      await run();
    },
  };
}

function configOf(server: {
  port: number;
  storeDir: string;
  syncInterval: string | undefined;
  jetStream: boolean;
  domain: string | undefined;
  extraConfig: string;
}): string {
  const jetStream = `jetstream {
  store_dir: ${JSON.stringify(server.storeDir)}
  max_file_store: 64GB
  max_memory_store: 256MB
  ${server.domain === undefined ? '' : `domain: ${server.domain}`}
  ${server.syncInterval === undefined ? '' : `sync_interval: ${server.syncInterval}`}
}`;
  return `
server_name: "test-${process.pid}"
listen: "127.0.0.1:${server.port}"
${server.jetStream ? jetStream : ''}
${server.extraConfig}
`;
}

/** Resolves with the port from the log line that names it, once the server reports that it is ready. */
async function portWhenReady(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = '';
    let port: number | undefined;
    const timer = setTimeout(() => fail(`nats-server not ready after ${readyWithinMs} ms`), readyWithinMs);
    function fail(why: string): void {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${why}; its log:\n${log}`));
    }
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`nats-server ended (${signal ?? code}) before it was ready`));
    child.stderr?.on('data', (bytes: Buffer) => {
      if (port !== undefined && log === '') return;
      log += bytes.toString();
      port ??= Number(/Listening for client connections on \S+:(\d+)/.exec(log)?.[1]) || undefined;
      if (port !== undefined && log.includes('Server is ready')) {
        clearTimeout(timer);
        child.removeAllListeners('exit');
        child.once('exit', () => running.delete(child));
        log = '';
        resolve(port);
      }
    });
  });
}
