/**
 * deploy/compose brought up by Docker Compose itself, with podman as its engine. The images are stand-ins where the official ones are not there: stand-in-images.sh.
 *
 * Invariant: `close` removes containers, networks and volumes of it; all that is published is published to this machine alone.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { reservedPort } from '@manyhands/testkit';
import { vi } from 'vitest';
import { repository } from '../fixture/system.ts';
import { programIn } from './chart.ts';
import { engineEnvironment, makeImages, removeImage, whyNoContainers } from './container-engine.ts';

const run = promisify(execFile);
const folder = join(repository, 'deploy/compose');
/** Of the image of Manyhands: one that is named is there, as of image.sh. */
const tagged = process.env['MANYHANDS_VERSION'];
/** Others build theirs on the same machine. */
const version = tagged ?? `stand-in-${process.pid}`;
const printedMax = 64 * 1024 ** 2;

/** Why Docker Compose cannot be tried here; undefined where it can. */
export const missing = whyNoContainers('bridge', {
  iptables: 'podman makes no network without it',
  'docker-compose': 'e2e/deploy/compose-program.sh',
});

export interface Container {
  name: string;
  service: string;
  /** Of its first process, on this machine; 0 when it has ended. */
  pid: number;
  running: boolean;
  exitCode: number;
  /** Milliseconds since 1970; of one that runs, of its end before. */
  endedAt: number;
}

export interface ComposeHost {
  /** Where the proxy is. */
  origin: string;
  /** A folder of this machine, which workers find at `/given`. */
  given: string;
  /** Runs docker-compose on the files, and resolves with what it prints. Rejects where it does not end with 0. */
  compose(...args: string[]): Promise<string>;
  /** Runs what an operator types in deploy/compose, in a shell of which `docker` is podman and docker-compose, in an empty folder. */
  type(commands: string): Promise<string>;
  /** `up --detach --wait`, with more options. */
  up(...args: string[]): Promise<void>;
  /** By their names; of one service, or of all. */
  containers(service?: string): Promise<Container[]>;
  /** The lines that commands of a shell print in the first container of a service. */
  inside(service: string, commands: string): Promise<string[]>;
  /** With what each container of a service ended since `sinceMs`, those that are removed included. */
  exits(service: string, sinceMs: number): Promise<number[]>;
  /** An API key of the administrator, who signs in by the link in the log, at `origin` or at another address. */
  adminKey(at?: string): Promise<string>;
  close(): Promise<void>;
}

/** `files`: of deploy/compose, laid over each other; `env`: what an operator writes into `.env`; in an override file `settings` of the gateway and `kinds`, a module that workers have besides. */
export async function openComposeHost(
  files: readonly string[],
  { env = {}, settings = {}, kinds }: { env?: Record<string, string>; settings?: Record<string, string>; kinds?: string } = {},
): Promise<ComposeHost> {
  const scratch = mkdtempSync(join(tmpdir(), 'docker-compose-'));
  const project = `manyhands-${process.pid}-${scratch.slice(-4).toLowerCase()}`;
  const label = `label=com.docker.compose.project=${project}`;
  const socket = join(scratch, 'podman.sock');
  const port = await reservedPort();
  const written = (name: string, text: string): string => {
    writeFileSync(join(scratch, name), text);
    return join(scratch, name);
  };
  const given = join(scratch, 'given');
  mkdirSync(given);
  // Another account reads it.
  chmodSync(given, 0o755);
  const override = overrideOf(settings, kinds === undefined ? undefined : { module: kinds, given });
  const chosen = [
    ...['--project-name', project, '--env-file', written('env', '')],
    ...[...files.map((file) => join(folder, file)), written('settings.yaml', JSON.stringify(override))].flatMap((file) => [
      '--file',
      file,
    ]),
  ];
  const environment = {
    ...process.env,
    ...engineEnvironment(),
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: scratch,
    COMPOSE_ANSI: 'never',
    COMPOSE_PROGRESS: 'plain',
    MANYHANDS_VERSION: version,
    MANYHANDS_PORT: String(port),
    MANYHANDS_ORIGINS: `http://localhost:${port}`,
    ...env,
  };
  const options = { env: environment, maxBuffer: printedMax };
  const podman = async (...args: string[]): Promise<string[]> => linesOf((await run('podman', args, options)).stdout);

  async function inspect(...which: string[]): Promise<Inspected[]> {
    const ids = await podman('ps', '--quiet', '--filter', label, ...which);
    if (ids.length === 0) return [];
    return JSON.parse((await run('podman', ['container', 'inspect', ...ids], options)).stdout) as Inspected[];
  }

  const engine = spawn('podman', ['system', 'service', '--time', '0', `unix://${socket}`], { ...options, stdio: 'ignore' });
  await vi.waitFor(() => {
    if (!existsSync(socket)) throw new Error('podman system service does not open its socket');
  }, 30_000);

  /** Each that is not healthy yet, as often as its configuration states, and at any time while it starts, when failures are not counted. */
  async function askWhetherHealthy(askedAt: Map<string, number>): Promise<void> {
    for (const { Name, State, Config } of await inspect('--filter', 'health=starting', '--filter', 'health=unhealthy')) {
      const { Interval, StartPeriod = 0 } = Config.Healthcheck!;
      const isStarting = Date.now() - Date.parse(State.StartedAt) < StartPeriod / 1e6;
      // Each question is two processes, which what starts would wait for: none before it listens.
      if (isStarting ? !listens(State.Pid) : Date.now() - (askedAt.get(Name) ?? 0) < Interval / 1e6) continue;
      askedAt.set(Name, Date.now());
      await podman('healthcheck', 'run', Name).catch(() => undefined);
    }
  }

  /** Where no systemd runs, podman asks no container by itself. */
  async function whileAsked<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const askedAt = new Map<string, number>();
    const asking = (async () => {
      while (!over.signal.aborted) {
        // A container may have gone meanwhile.
        await askWhetherHealthy(askedAt).catch(() => undefined);
        await pause(500, undefined, { signal: over.signal }).catch(() => undefined);
      }
    })();
    try {
      return await work();
    } finally {
      over.abort();
      await asking;
    }
  }

  const host: ComposeHost = {
    origin: `http://localhost:${port}`,
    given,
    async compose(...args) {
      return (await run(programIn('docker-compose')!, [...chosen, ...args], options)).stdout;
    },
    async type(commands) {
      const docker = join(scratch, 'docker');
      const quoted = [programIn('docker-compose')!, ...chosen].map((word) => `'${word}'`).join(' ');
      const script = `[ "$1" = compose ] || exec env -u DOCKER_CONFIG podman "$@"\nshift\nup=$1\nshift\n[ "$up" != up ] || set -- --no-recreate "$@"\nexec ${quoted} "$up" "$@"`;
      writeFileSync(docker, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const text = commands.replaceAll(/\bmanyhands_(?=inner|keys-admin|streams|history)/g, `${project}_`);
      const typed = { ...options, cwd: scratch, env: { ...environment, PATH: `${scratch}:${process.env['PATH']}` } };
      return whileAsked(async () => (await run('sh', ['-ec', text], typed)).stdout);
    },
    async up(...args) {
      // Podman 4.3 states the name of a network where Docker states its id, so Compose would take each container for one that is on another network.
      const kept = args.includes('--force-recreate') ? [] : ['--no-recreate'];
      await whileAsked(() => host.compose('up', '--detach', '--wait', '--wait-timeout', '300', ...kept, ...args));
    },
    async containers(service) {
      const of = service === undefined ? [] : ['--filter', `label=com.docker.compose.service=${service}`];
      return (await inspect('--all', ...of)).map(containerOf).sort((a, b) => a.name.localeCompare(b.name));
    },
    // Not by Compose, for whom podman keeps a process of each for five minutes.
    inside: (service, commands) => podman('exec', `${project}-${service}-1`, 'sh', '-c', commands),
    async exits(service, sinceMs) {
      const format = ['--format', '{{.Name}} {{.ContainerExitCode}}'];
      const since = String(Math.floor(sinceMs / 1_000));
      const died = await podman('events', '--stream=false', '--since', since, '--filter', 'event=died', ...format);
      return died.filter((line) => line.startsWith(`${project}-${service}-`)).map((line) => Number(line.split(' ')[1]));
    },
    async adminKey(at = host.origin) {
      const token = await vi.waitFor(
        async () => {
          const printed = await host.compose('logs', '--no-color', 'gateway');
          const [, link] = /\/sign-in#link=([\w-]+)/.exec(printed) ?? [];
          if (link === undefined) throw new Error(`the gateway prints no link to sign in with: ${printed.slice(-2_000)}`);
          return link;
        },
        { timeout: 60_000, interval: 500 },
      );
      const { access_token: access } = (await answerOf(at, '/v1/auth/link', { token })) as { access_token: string };
      const body = { name: 'e2e', scopes: ['read', 'write', 'admin'] };
      const { key } = (await answerOf(at, '/v1/keys', body, access)) as { key: string };
      return key;
    },
    async close() {
      try {
        // By the name of the project alone: its files are refused where a test left out what must be set.
        const down = ['down', '--volumes', '--remove-orphans', '--timeout', '5'];
        await run(programIn('docker-compose')!, ['--project-name', project, ...down], { ...options, cwd: scratch });
      } finally {
        engine.kill('SIGTERM');
        if (engine.exitCode === null && engine.signalCode === null) await once(engine, 'exit');
        rmSync(scratch, { recursive: true, force: true });
      }
    },
  };
  return host;
}

/** How many connections from others a container has at a port. */
export function connectionsAt({ pid }: Container, port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return socketsOf(pid).filter(({ local, state }) => local.endsWith(`:${hex}`) && state === '01').length;
}

/** Of the network that a process is in. */
function listens(pid: number): boolean {
  return socketsOf(pid).some(({ state }) => state === '0A');
}

function socketsOf(pid: number): { local: string; state: string }[] {
  return ['tcp', 'tcp6']
    .map((table) => `/proc/${pid}/net/${table}`)
    .filter((table) => existsSync(table))
    .flatMap((table) => linesOf(readFileSync(table, 'utf8')).slice(1))
    .map((line) => line.trim().split(/\s+/))
    .map(([, local, , state]) => ({ local: local!, state: state! }));
}

/** Of NATS, the proxy, and ours of what is built here; `others`: more of stand-in-images.sh. */
export function makeImagesOfCompose(...others: string[]): void {
  makeImages(version, 'node', 'nats', 'nginx', ...others, ...(tagged === undefined ? ['manyhands'] : []));
}

/** After the last container of them. */
export function removeImagesOfCompose(): void {
  if (tagged === undefined) removeImage(version);
}

interface Inspected {
  Name: string;
  State: { Pid: number; Running: boolean; ExitCode: number; StartedAt: string; FinishedAt: string };
  /** Times in nanoseconds. */
  Config: { Labels: Record<string, string>; Healthcheck?: { Interval: number; StartPeriod?: number } };
}

function containerOf({ Name, State, Config }: Inspected): Container {
  return {
    name: Name,
    service: Config.Labels['com.docker.compose.service']!,
    pid: State.Pid,
    running: State.Running,
    exitCode: State.ExitCode,
    endedAt: Date.parse(State.FinishedAt),
  };
}

/** What starts may take its time, on a machine that has other work. */
function overrideOf(settings: Record<string, string>, kinds?: { module: string; given: string }): object {
  const patient = { start_period: '300s', timeout: '30s' };
  // Within /app, where it finds what it imports.
  const module = '/app/kinds.ts';
  return {
    services: {
      nats: { healthcheck: patient },
      gateway: {
        environment: settings,
        healthcheck: { test: ['CMD', 'node', 'healthy.mjs'], interval: '10s', retries: 3, ...patient },
      },
      ...(kinds && {
        compute: {
          environment: { MANYHANDS_KIND_MODULES: `builtin,${module}` },
          volumes: [`${kinds.module}:${module}:ro`, `${kinds.given}:/given:ro`],
        },
      }),
    },
  };
}

async function answerOf(origin: string, path: string, body: object, token?: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
