/**
 * Starts and stops the whole system on this machine.
 *
 * Invariant: nothing is started before the home is locked and the port is known to be free, so a refused start leaves no
 * process and no changed file behind.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isFolder } from '@manyhands/observe/run-service';
import { withoutSecrets } from '@manyhands/proto/settings';
import { startText, type Home } from '../home.ts';
import { openHome } from '../home-folder.ts';
import { lockHome, type HomeLock } from '../home-lock.ts';
import { askDurability, durabilitySentence } from '../nats-server/durability.ts';
import { findNatsServer } from '../nats-server/find.ts';
import { FrozenStore } from '../nats-server/frozen-store.ts';
import { isAnswered, probePort } from '../ports.ts';
import { Refusal } from '../refusal.ts';
import { ProcessGroup } from '../supervise/process-group.ts';
import type { ProcessEvents, ProcessPlan } from '../supervise/process-plan.ts';
import type { SupervisedProcess } from '../supervise/supervised-process.ts';
import { checkNatsUrl, prepareOwnNats, waitForNats, type OwnNats } from './nats.ts';
import type { StartOptions } from './options.ts';
import { entryOf, natsServerName, servicePlans, serviceOf, urlOf } from './process-plans.ts';
import { killAsOrdered } from './worker-kill.ts';

export interface SystemSetting {
  options: StartOptions;
  home: Home;
  projectFolder: string;
  env: NodeJS.ProcessEnv;
  events: ProcessEvents;
  say: (line: string) => void;
  /** Of what is to be started; unset: it is built. */
  build?: () => Promise<void>;
  /** Processes to start beside the services; `url` is where the gateway answers. */
  more?: (url: string) => ProcessPlan[];
}

export interface LocalSystem {
  /** Where the gateway answers. */
  url: string;
  /** With what identifies a worker: not to be shown. */
  natsUrl: string;
  /** Resolves with a sentence when one of its processes can never work as it is set. */
  failed: Promise<string>;
  /** Ends the processes of services, so that each is started again. */
  startAnew(services: readonly string[]): void;
  drain(): Promise<void>;
  force(): Promise<void>;
}

/** Resolves when all processes are started, not yet ready. `signal` ends the wait for NATS. */
export async function startSystem(setting: SystemSetting, signal?: AbortSignal): Promise<LocalSystem> {
  const { options, projectFolder } = setting;
  const url = urlOf(options.host, options.port);
  const home = openHome(setting.home);
  const lock = lockHome(home, { pid: process.pid, url });
  let natsServer: SupervisedProcess | undefined;
  const store = new FrozenStore({ storeFolder: home.natsStore, startAnew: () => natsServer?.startAnew(), say: setting.say });
  const failed = Promise.withResolvers<string>();
  const gaveUp = (name: string, how: string, lines: readonly string[]): void => failed.resolve(failureText(name, how, lines));
  let services: SupervisedProcess[] = [];
  const asked: ProcessEvents['asked'] = (name, message, answer) => {
    const workers = services.filter(({ plan }) => serviceOf(plan) === 'compute');
    const killed = killAsOrdered(name, message, { isOn: options.killsWorkers, workers });
    if (killed) answer(killed);
  };
  const group = new ProcessGroup(hearing({ ...setting.events, gaveUp, asked }, store));
  try {
    refuseMissingDashboard(options);
    await refuseTakenPorts(options, setting.say);
    // One that is named is looked at before anything is built.
    if (!options.natsUrl && setting.env['MANYHANDS_NATS_SERVER']?.trim())
      await findNatsServer({ cacheFolder: home.bin, env: setting.env, say: () => undefined });
    // Loaded while that goes on.
    if (!options.natsUrl) void import('../nats-server/streams.ts');
    await setting.build?.();
    refuseUnbuilt(projectFolder);
    const nats = await startNats(
      { ...setting, home },
      (plan) => (natsServer = group.start(plan)),
      AbortSignal.any([...(signal ? [signal] : []), abortedBy(failed.promise)]),
    );
    lock.describe({ pid: process.pid, url, nats_url: withoutSecrets(nats.url) });
    const plans = servicePlans({
      ...options,
      natsUrl: nats.url,
      keyFiles: nats.keyFiles,
      projectFolder,
      homeFolder: home.folder,
    });
    services = plans.map((plan) => group.start(plan));
    for (const plan of setting.more?.(url) ?? []) group.start(plan);
    const stopKeeping = nats.keep?.();
    return {
      url,
      natsUrl: nats.workerUrl,
      failed: failed.promise,
      startAnew(names) {
        for (const service of services) if (names.includes(serviceOf(service.plan))) service.startAnew();
      },
      drain: ended(group, lock, 'drain', stopKeeping),
      force: ended(group, lock, 'force', stopKeeping),
    };
  } catch (error) {
    await group.force();
    lock.release();
    throw error;
  }
}

/** `keyFiles`: of a server of our own. */
type UsedNats = Pick<OwnNats, 'url' | 'workerUrl'> & Partial<Pick<OwnNats, 'keyFiles'>> & { keep?: () => () => void };

async function startNats(
  { options, home, env, say }: SystemSetting,
  start: (plan: ProcessPlan) => void,
  signal: AbortSignal | undefined,
): Promise<UsedNats> {
  const { natsUrl, natsPort: port, port: gatewayPort, storageGb, retentionHours } = options;
  if (natsUrl) {
    await checkNatsUrl(natsUrl);
    say(durabilitySentence(await askDurability(options.natsMonitor)));
    return { url: natsUrl, workerUrl: natsUrl };
  }
  const own = await prepareOwnNats({ home, env, say, port, gatewayPort, storageGb });
  signal?.throwIfAborted();
  start(own.plan);
  await waitForNats(own.url, signal);
  const { keepStreams, provideStreams } = await import('../nats-server/streams.ts');
  const provided = { url: own.url, keyFile: own.keyFiles.provision, storageGb, retentionHours };
  await provideStreams({ ...provided, waiting: (why) => say(`Still starting: ${why}`), signal });
  say(durabilitySentence(own.durability));
  return { ...own, keep: () => keepStreams({ ...provided, say }) };
}

/** Nothing waits for a server that can never start. */
function abortedBy(failed: Promise<string>): AbortSignal {
  const abort = new AbortController();
  void failed.then((sentence) => abort.abort(new Refusal(sentence)));
  return abort.signal;
}

/** What it printed last is the reason; its stack is for developers. */
function failureText(name: string, how: string, lines: readonly string[]): string {
  const said = lines.filter((line) => !/^\s+at |^\{"level":"(trace|debug|info|warn)"|^\s*$/.test(line)).slice(-3);
  return [`${name} cannot run with these settings (it ${how}); all processes are stopped.`, ...said].join('\n');
}

/** The same events, of which `store` receives what nats-server prints. */
function hearing(events: ProcessEvents, store: FrozenStore): ProcessEvents {
  return {
    ...events,
    line(name, line) {
      if (name === natsServerName) store.hear(line);
      events.line(name, line);
    },
  };
}

function ended(group: ProcessGroup, lock: HomeLock, how: 'drain' | 'force', stopKeeping?: () => void): () => Promise<void> {
  return async () => {
    stopKeeping?.();
    await group[how]();
    lock.release();
  };
}

function refuseMissingDashboard({ webFolder }: StartOptions): void {
  if (webFolder !== undefined && !isFolder(webFolder))
    throw new Refusal(
      `MANYHANDS_WEB is "${webFolder}", and ${resolve(webFolder)} is no folder that can be read. Correct it, or unset it.`,
    );
}

function refuseUnbuilt(projectFolder: string): void {
  const missing = ['gateway', 'coordinator', 'compute', 'metrics'].filter(
    (service) => !existsSync(entryOf(service, projectFolder)),
  );
  if (missing.length > 0)
    throw new Refusal(`Not built yet: ${missing.join(', ')}. Run "npm run build", or "npm start", which builds first.`);
}

/** Asked before anything is started. */
async function refuseTakenPorts({ port, host }: StartOptions, say: (line: string) => void): Promise<void> {
  const state = await probePort(port, host);
  const other = port < 65_535 ? port + 1 : 8000;
  if (state === 'taken')
    throw new Refusal(
      `Port ${port} is taken by another program. Stop that one, or choose another port: PORT=${other} ${startText}`,
    );
  if (state === 'forbidden')
    throw new Refusal(`Port ${port} may not be used by this account. Choose one above 1023: PORT=8000 ${startText}`);
  if (state === 'noAddress')
    throw new Refusal(
      `HOST is "${host}", which is not an address of this machine. Unset it (only this machine reaches 127.0.0.1), or set it to one, like 0.0.0.0.`,
    );
  if (host === '127.0.0.1' && (await isAnswered(port, '::1')))
    say(`Another program answers at [::1]:${port}, so http://localhost:${port} may lead there: use ${urlOf(host, port)}`);
}
