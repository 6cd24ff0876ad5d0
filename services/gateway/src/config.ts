/** What the gateway reads from its environment. Wrong settings end the start with a sentence that states what to change. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tracerSettings, type TracerSettings } from '@manyhands/observe';
import { natsAccess, type NatsAccess } from '@manyhands/observe/run-service';
import {
  KILLS_WORKERS,
  mayKillWorkers,
  refuseOpenAccess,
  settingsOf,
  signInProviders,
  type Command,
  type Environment,
  type LogLevel,
  type Origin,
  type Provider,
  type Rate,
  type SignInProvider,
} from '@manyhands/proto/settings';
import { LIMITS, type LimitName, type QuotaSettings } from './limits/limit-names.ts';

export interface GatewayConfig {
  natsUrl: string;
  /** Who it is to NATS, and whom it believes. */
  natsAccess?: NatsAccess;
  host: string;
  port: number;
  /** Where it answers /metrics without asking who asks; undefined: nowhere. */
  health?: { host: string; port: number } | undefined;
  replicas: 1 | 3;
  /** Hours that what belongs to a job is kept after it last changed. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together. */
  storageGb: number;
  logLevel: LogLevel;
  /** Where traces go; undefined: there are none. */
  traces?: TracerSettings | undefined;
  /** Whether there are accounts. Without them every client may do everything. */
  auth: 'on' | 'off';
  /** Whether visitors may make accounts. */
  registration: boolean;
  /** A word that asks for another sign-in link of an administrator, once. */
  adminLink: string | undefined;
  /** Whose access tokens are taken beside our own. */
  providers: readonly Provider[];
  /** Whom users sign in with on the page, beside a password. */
  signInProviders: readonly SignInProvider[];
  /** Folder of the built dashboard. */
  webFolder: string;
  /** Addresses besides our own that the gateway is opened under, e.g. `https://status.example`: their hosts are served, their pages may use it. */
  origins: readonly Origin[];
  /** Milliseconds between heartbeat comments (SSE) and pings (WebSocket). Shorter than the idle limit of common proxies. */
  heartbeatMs: number;
  /** Open WebSockets, and as many event streams; each costs a socket and some kilobytes. */
  clientsMax: number;
  /** Milliseconds after which a client that takes nothing of what it is sent is ended. */
  stuckMs: number;
  /** Addresses and networks of proxies in front of us. */
  trustedProxies: readonly string[];
  /** How often a user or an address may do what each limit counts; undefined: as often as it wishes. */
  limits: Readonly<Record<LimitName, Rate | undefined>>;
  /** Accounts that may send code where workers have no sandbox of the operating system, besides administrators: their ids. */
  trustedAccounts: readonly string[];
  /** How much a user may have at once; undefined: as much as there is room for. */
  quotas: QuotaSettings;
  /** Whether a page may end a worker: this machine alone reaches the gateway, and its launcher does it. */
  killsWorkers: boolean;
  /** Bytes of job views kept in memory to be listed and sent on; older ones are read from the bucket when asked for. */
  viewBytesMax: number;
}

export const command: Command = {
  typed: 'npx node services/gateway/dist/main.js',
  about: 'Serves REST, live updates, the docs and the dashboard on one port.',
  reader: 'gateway',
  options: {},
};

/** Throws `WrongSettings`. */
export function readConfig(environment: Environment): GatewayConfig {
  const given = settingsOf('gateway', environment);
  refuseOpenAccess('gateway', given);
  return {
    natsUrl: given.NATS_URL,
    natsAccess: natsAccess('The gateway', given),
    host: given.HOST,
    port: given.PORT,
    health: given.HEALTH_PORT === undefined ? undefined : { host: given.HOST, port: given.HEALTH_PORT },
    replicas: given.MANYHANDS_REPLICAS,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    auth: given.AUTH,
    registration: given.AUTH_REGISTRATION === 'on',
    adminLink: given.AUTH_ADMIN_LINK,
    providers: given.AUTH_PROVIDERS,
    signInProviders: signInProviders('gateway', given),
    logLevel: given.MANYHANDS_LOG_LEVEL,
    traces: tracerSettings(given),
    webFolder:
      given.MANYHANDS_WEB === undefined
        ? fileURLToPath(new URL('../../../web/build', import.meta.url))
        : resolve(given.MANYHANDS_WEB),
    origins: given.MANYHANDS_ORIGINS,
    heartbeatMs: 15_000,
    clientsMax: 10_000,
    stuckMs: 30_000,
    trustedProxies: given.MANYHANDS_TRUSTED_PROXIES,
    limits: Object.fromEntries(
      Object.entries(LIMITS).map(([name, { setting }]) => [name, given[setting]]),
    ) as GatewayConfig['limits'],
    trustedAccounts: given.MANYHANDS_TRUSTED_ACCOUNTS ?? [],
    quotas: {
      jobs: given.MANYHANDS_QUOTA_JOBS,
      chunks: given.MANYHANDS_QUOTA_CHUNKS,
      inputBytes: given.MANYHANDS_QUOTA_INPUT_MB && given.MANYHANDS_QUOTA_INPUT_MB * 1_000_000,
      schedules: given.MANYHANDS_QUOTA_SCHEDULES,
    },
    killsWorkers: environment[KILLS_WORKERS] === '1' && mayKillWorkers(given),
    viewBytesMax: 64 * 1024 ** 2,
  };
}

/** Where Nest finds the configuration. */
export const CONFIG = Symbol('GatewayConfig');
