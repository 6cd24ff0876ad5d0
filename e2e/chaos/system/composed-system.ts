/**
 * The real system, started as its services are started by `npm start`, but with several of each and, on demand, a cluster of three
 * nats-servers. Every process is restarted when it dies, so each may be killed.
 *
 * Invariant: fixed ports, so whoever comes back is found where it was. `stop` ends every process, also one that is paused, and removes the
 * folder. When this process is killed, the others end by themselves.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { ProcessGroup } from '../../../deploy/local/src/supervise/process-group.ts';
import type { SupervisedProcess } from '../../../deploy/local/src/supervise/supervised-process.ts';
import { engineArgs, entryOf, natsServerPlan } from '../../../deploy/local/src/system/process-plans.ts';
import { projectFolder } from '../../../deploy/local/src/home.ts';
import { findNatsServer } from '../../../libs/testkit/src/nats-binary.ts';
import { openServerLink, type ServerLink } from '../fault/server-link.ts';
import { serviceNames, type Stage } from '../profile.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import type { PlantedBugName } from '../tap/planted-bugs.ts';
import { plantedEnv } from './preloaded.ts';
import { clusterConfig, singleConfig, type ServerPlace } from './server-config.ts';

export interface ComposedSystem {
  /** Addresses of the gateways. */
  gateways: readonly string[];
  /** All nats-servers, comma separated. */
  natsUrl: string;
  /** Names of the nats-servers, as they call themselves in a cluster. */
  servers: readonly string[];
  /** Monitoring addresses, in the order of `servers`; none for a single server, which runs as shipped. */
  monitors: readonly string[];
  serverVersion: string;
  historyFile: string;
  logFile: string;
  /** Calls back with every line a process prints. Returns how to stop. */
  onPrinted(heard: (name: string, line: string) => void): () => void;
  /** Process id now; undefined while it is down. */
  pidOf(name: string): number | undefined;
  /** The link over which one nats-server dials another. */
  link(from: string, to: string): ServerLink;
  /** The links over which a service dials the nats-servers. */
  linksOf(service: string): readonly ServerLink[];
  /** Changes what a service is told by its environment, from its next start on; an empty value takes a variable away. */
  tell(service: string, env: Readonly<Record<string, string>>): void;
  /** Has a service drain (SIGTERM) and stay away; resolves when it is gone. */
  leave(service: string): Promise<void>;
  /** Starts a service that has left. */
  join(service: string): void;
  stop(): Promise<void>;
}

/** Comes back fast however often it is killed. */
const restartQuickly = { firstDelayMs: 250, delayMsMax: 1_000, stableMs: 3_000, deathsMax: Infinity };
const host = '127.0.0.1';
/** A service that does not drain in this time is killed. */
const drainMsMax = 10_000;

/** A program of our own that takes the place of a service. */
interface Replacement {
  /** A TypeScript source. */
  script: string;
  env: Readonly<Record<string, string>>;
}

/** A worker that computes the kinds of the module `KIND_MODULE` names. */
export const KINDS_WORKER = join(import.meta.dirname, 'kinds-worker.ts');

export interface SystemOptions {
  instead?: Readonly<Record<string, Replacement>>;
  /** What every service is told besides. */
  env?: Readonly<Record<string, string>>;
  /** The heap that a service may have, in megabytes: with gigabytes free the engine takes more for long before it collects, and what grows does not show. */
  heapMb?: Readonly<Record<string, number>>;
  /** Whether a single server is monitored, which the shipped one is not. */
  monitored?: boolean;
}

export type SystemSize = Pick<Stage, 'name' | 'servers' | 'gateways' | 'coordinators' | 'computes' | 'slots'> & {
  planted?: PlantedBugName | ContainmentBugName;
};

export async function startComposedSystem(
  stage: SystemSize,
  folder: string,
  died: (name: string, how: string) => void,
  { instead = {}, env: toAll = {}, heapMb = {}, monitored = stage.servers > 1 }: SystemOptions = {},
): Promise<ComposedSystem> {
  const home = mkdtempSync(join(tmpdir(), 'manyhands-chaos-'));
  const program = process.env['MANYHANDS_NATS_SERVER'] ?? findNatsServer();
  const log: string[] = [];
  const listeners = new Set<(name: string, line: string) => void>();
  const logFile = join(folder, `${stage.name}.log`);
  const group = new ProcessGroup(
    {
      line(name, line) {
        log.push(`${new Date().toISOString()} ${name} ${line}`);
        for (const heard of [...listeners]) heard(name, line);
      },
      died,
    },
    restartQuickly,
  );
  const processes = new Map<string, SupervisedProcess>();
  const links = new Map<string, ServerLink>();

  const places = await Promise.all(Array.from({ length: stage.servers }, (_, index) => placeOf(`nats-${index + 1}`, home)));
  for (const from of places) {
    const others = places.filter((other) => other !== from);
    const routes = await Promise.all(
      others.map(async (to) => {
        const link = await openServerLink(to.routePort);
        links.set(`${from.name} ${to.name}`, link);
        return `nats-route://${host}:${link.port}`;
      }),
    );
    const configFile = join(from.folder, 'server.conf');
    writeFileSync(configFile, stage.servers === 1 ? singleConfig(from, { monitored }) : clusterConfig(from, routes));
    const plan = natsServerPlan({ program, configFile, withParentSignal: parentSignal() });
    processes.set(from.name, group.start({ ...plan, name: from.name }));
  }

  const natsUrl = places.map(({ clientPort }) => `nats://${host}:${clientPort}`).join(',');
  const gateways: string[] = [];
  const serviceLinks = new Map<string, ServerLink[]>();
  const told = new Map<string, Record<string, string>>();
  for (const name of serviceNames(stage)) {
    const service = name.replace(/-\d+$/, '');
    const own = await Promise.all(places.map(({ clientPort }) => openServerLink(clientPort)));
    serviceLinks.set(name, own);
    const env: Record<string, string> = {
      NATS_URL: own.map(({ port }) => `nats://${host}:${port}`).join(','),
      MANYHANDS_HOME: home,
      MANYHANDS_REPLICAS: String(stage.servers),
      MANYHANDS_LOG_LEVEL: 'info',
      ...toAll,
      ...plantedEnv(stage.planted, service),
    };
    told.set(name, env);
    if (service === 'compute') env['MANYHANDS_SLOTS'] = String(stage.slots);
    if (service === 'gateway') {
      env['HOST'] = host;
      env['PORT'] = String(await reservedPort(host));
      gateways.push(`http://${host}:${env['PORT']}`);
    }
    const replacement = instead[service];
    Object.assign(env, replacement?.env);
    const entry = replacement
      ? ['--conditions=source', '--disable-warning=ExperimentalWarning', replacement.script]
      : [entryOf(service, projectFolder)];
    const heap = heapMb[service];
    const args = [...engineArgs(service), ...(heap === undefined ? [] : [`--max-old-space-size=${heap}`]), ...entry];
    processes.set(name, group.start({ name, program: process.execPath, args, env, watchesParent: true, drainStage: 1 }));
  }

  return {
    gateways,
    natsUrl,
    servers: places.map(({ name }) => name),
    monitors: !monitored ? [] : places.map(({ monitorPort }) => `http://${host}:${monitorPort}`),
    serverVersion: execFileSync(program, ['--version'], { encoding: 'utf8' }).trim(),
    historyFile: join(home, 'history.sqlite'),
    logFile,
    onPrinted(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    pidOf: (name) => processes.get(name)?.pid,
    link: (from, to) => links.get(`${from} ${to}`)!,
    linksOf: (service) => serviceLinks.get(service)!,
    tell(service, env) {
      const known = told.get(service)!;
      for (const [key, value] of Object.entries(env)) {
        if (value === '') delete known[key];
        else known[key] = value;
      }
    },
    leave: (service) => processes.get(service)!.stop(drainMsMax),
    join: (service) => void processes.set(service, group.start(processes.get(service)!.plan)),
    async stop() {
      await group.force();
      await Promise.all([...links.values(), ...[...serviceLinks.values()].flat()].map((link) => link.close()));
      writeFileSync(logFile, log.join('\n'));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function placeOf(name: string, home: string): Promise<ServerPlace> {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  return {
    name,
    folder,
    clientPort: await reservedPort(host),
    routePort: await reservedPort(host),
    monitorPort: await reservedPort(host),
  };
}

/** A paused process heeds no SIGTERM, so it gets the one signal that needs no heeding. */
function parentSignal(): readonly string[] | undefined {
  try {
    execFileSync('setpriv', ['--pdeathsig', 'KILL', 'true']);
    return ['setpriv', '--pdeathsig', 'KILL'];
  } catch {
    return undefined;
  }
}
