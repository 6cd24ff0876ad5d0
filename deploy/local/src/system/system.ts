/**
 * Starts and stops the whole system on this machine.
 *
 * Always true: nothing is started before the home is locked and the port is known to be free, so a refused start leaves no
 * process and no changed file behind.
 */
import { existsSync } from 'node:fs';
import { withoutSecrets } from '@manyhands/proto/settings';
import type { Home } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { lockHome, type HomeLock } from '../home-lock.ts';
import { askDurability, durabilitySentence } from '../nats-server/durability.ts';
import { FrozenStore } from '../nats-server/frozen-store.ts';
import { probePort } from '../ports.ts';
import { Refusal } from '../refusal.ts';
import { ProcessGroup } from '../supervise/process-group.ts';
import type { ProcessPlan } from '../supervise/process-plan.ts';
import type { ProcessEvents, SupervisedProcess } from '../supervise/supervised-process.ts';
import { checkNatsUrl, prepareOwnNats, waitForNats } from './nats.ts';
import type { StartOptions } from './options.ts';
import { entryOf, natsServerName, servicePlans, urlOf } from './process-plans.ts';

export interface SystemSetting {
  options: StartOptions;
  home: Home;
  projectFolder: string;
  env: NodeJS.ProcessEnv;
  events: ProcessEvents;
  say: (line: string) => void;
}

export interface LocalSystem {
  /** Where the gateway answers. */
  url: string;
  /** With what identifies the services: not to be shown. */
  natsUrl: string;
  drain(): Promise<void>;
  force(): Promise<void>;
}

/** Resolves when all processes are started, not yet ready. `signal` gives up the wait for NATS. */
export async function startSystem(setting: SystemSetting, signal?: AbortSignal): Promise<LocalSystem> {
  const { options, projectFolder } = setting;
  const url = urlOf(options.host, options.port);
  refuseUnbuilt(projectFolder);
  const home = openHome(setting.home);
  const lock = lockHome(home, { pid: process.pid, url });
  let natsServer: SupervisedProcess | undefined;
  const store = new FrozenStore({ storeFolder: home.natsStore, startAnew: () => natsServer?.startAnew(), say: setting.say });
  const group = new ProcessGroup(hearing(setting.events, store));
  try {
    await refuseTakenPort(options);
    const natsUrl = await startNats({ ...setting, home }, (plan) => (natsServer = group.start(plan)), signal);
    lock.describe({ pid: process.pid, url, nats_url: withoutSecrets(natsUrl) });
    for (const plan of servicePlans({ ...options, natsUrl, projectFolder, homeFolder: home.folder })) group.start(plan);
    return { url, natsUrl, drain: ended(group, lock, 'drain'), force: ended(group, lock, 'force') };
  } catch (error) {
    await group.force();
    lock.release();
    throw error;
  }
}

async function startNats({ options, home, env, say }: SystemSetting, start: (plan: ProcessPlan) => void, signal: AbortSignal | undefined): Promise<string> {
  if (options.natsUrl) {
    await checkNatsUrl(options.natsUrl);
    say(durabilitySentence(await askDurability(env['MANYHANDS_NATS_MONITOR'])));
    return options.natsUrl;
  }
  const { plan, url, durability } = await prepareOwnNats({ home, env, say, port: options.natsPort });
  signal?.throwIfAborted();
  start(plan);
  await waitForNats(url, signal);
  say(durabilitySentence(durability));
  return url;
}

/** The same events, of which `store` hears what nats-server prints. */
function hearing(events: ProcessEvents, store: FrozenStore): ProcessEvents {
  return {
    ...events,
    line(name, line) {
      if (name === natsServerName) store.hear(line);
      events.line(name, line);
    },
  };
}

function ended(group: ProcessGroup, lock: HomeLock, how: 'drain' | 'force'): () => Promise<void> {
  return async () => {
    await group[how]();
    lock.release();
  };
}

function refuseUnbuilt(projectFolder: string): void {
  const missing = ['gateway', 'coordinator', 'compute', 'metrics'].filter((service) => !existsSync(entryOf(service, projectFolder)));
  if (missing.length > 0) throw new Refusal(`Not built yet: ${missing.join(', ')}. Run "npm run build", or "npm start", which builds first.`);
}

async function refuseTakenPort({ port, host }: StartOptions): Promise<void> {
  const state = await probePort(port, host);
  const other = port < 65_535 ? port + 1 : 8000;
  if (state === 'taken') throw new Refusal(`Port ${port} is taken by another program. Stop that one, or choose another port: PORT=${other} npm start`);
  if (state === 'forbidden') throw new Refusal(`Port ${port} may not be used by this account. Choose one above 1023: PORT=8000 npm start`);
}
