/**
 * The processes of a local system. Pure.
 *
 * They drain from the outside in: no new jobs first, then the slots store the results they have, then the coordinator folds them,
 * then history is written, and NATS stays until no process uses it any more.
 */
import { join } from 'node:path';
import { NATS_ACCESS_NAMES } from '@manyhands/observe/run-service';
import { KILLS_WORKERS } from '@manyhands/proto/settings';
import { graceMsDefault, watchParentArgs, type ProcessPlan } from '../supervise/process-plan.ts';
import type { StartOptions } from './options.ts';

export interface ServiceSetting extends StartOptions {
  natsUrl: string;
  projectFolder: string;
  homeFolder: string;
  /** Of the server that is started here, where each service signs in by a key: what the environment states of another counts for nothing. */
  keyFiles?: Readonly<Record<ServiceName, string>> | undefined;
}

type ServiceName = 'gateway' | 'coordinator' | 'compute' | 'metrics';

export const natsServerName = 'nats-server';

/** An empty setting counts as not given. */
const withoutAccess: Readonly<Record<string, string>> = Object.fromEntries(NATS_ACCESS_NAMES.map((name) => [name, '']));

const stages = { gateway: 1, compute: 2, coordinator: 3, metrics: 4, natsServer: 5 } as const;

export function entryOf(service: string, projectFolder: string): string {
  return join(projectFolder, 'services', service, 'dist', 'main.js');
}

/**
 * Arguments of Node before a service. A coordinator soon drops most of what it decodes: where memory abounds, the engine would set
 * 130 MB aside for that, which is more than all that lives. In a container it goes by the limit of the container.
 */
export function engineArgs(service: string): readonly string[] {
  return ['--enable-source-maps', ...(service === 'coordinator' ? ['--max-semi-space-size=16'] : []), ...watchParentArgs];
}

export function servicePlans(setting: ServiceSetting): ProcessPlan[] {
  // Several processes cannot share a port, and all of them are looked after here.
  const shared = {
    ...(setting.keyFiles && withoutAccess),
    NATS_URL: setting.natsUrl,
    MANYHANDS_HOME: setting.homeFolder,
    HEALTH_PORT: '',
  };
  const plan = (service: ServiceName, env: Record<string, string>, name: string = service): ProcessPlan => ({
    name,
    program: process.execPath,
    args: [...engineArgs(service), entryOf(service, setting.projectFolder)],
    env: { ...shared, ...(setting.keyFiles && { MANYHANDS_NATS_NKEY_FILE: setting.keyFiles[service] }), ...env },
    watchesParent: true,
    drainStage: stages[service],
    ...(service === 'compute' && { graceMs: Math.max(graceMsDefault, setting.drainWithinSec * 1_000 + 2_000) }),
  });
  const computes = Array.from({ length: setting.compute }, (_, index) =>
    plan('compute', { MANYHANDS_SLOTS: String(setting.slots) }, setting.compute === 1 ? 'compute' : `compute-${index + 1}`),
  );
  return [
    plan('gateway', { PORT: String(setting.port), HOST: setting.host, [KILLS_WORKERS]: setting.killsWorkers ? '1' : '' }),
    plan('coordinator', {}),
    ...computes,
    plan('metrics', {}),
  ];
}

/** `compute-2` is a process of compute. */
export function serviceOf({ name }: ProcessPlan): string {
  return name.replace(/-\d+$/, '');
}

export interface NatsServerSetting {
  program: string;
  configFile: string;
  /** Command that starts a program so that it gets a signal when its parent dies, where the system has one. */
  withParentSignal: readonly string[] | undefined;
  env?: NodeJS.ProcessEnv;
}

/**
 * Above it Go collects more often, and with that frees blocks which nats-server keeps in case they are read again: unlimited, a file of 2 GB that is stored and read
 * takes 1.4 GB of memory, and no less time. As compose has it.
 */
const NATS_MEMORY_LIMIT = '900MiB';

/** `env` is that of the user, whose own limit counts. */
export function natsServerPlan({ program, configFile, withParentSignal, env = {} }: NatsServerSetting): ProcessPlan {
  const [first, ...rest] = [...(withParentSignal ?? []), program, '-c', configFile];
  return {
    name: natsServerName,
    program: first ?? program,
    args: rest,
    env: { GOMEMLIMIT: env['GOMEMLIMIT'] || NATS_MEMORY_LIMIT },
    watchesParent: false,
    drainStage: stages.natsServer,
  };
}

/** The address a person opens. Never `localhost`, which may be another program's on `[::1]`. */
export function urlOf(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
