/** What the gateway reads from its environment. Wrong settings end the start with a sentence that states what to change. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingsOf, type Command, type Environment, type LogLevel, type Origin } from '@manyhands/proto/settings';

export interface GatewayConfig {
  natsUrl: string;
  host: string;
  port: number;
  replicas: 1 | 3;
  /** Hours that what belongs to a job is kept after it last changed. */
  retentionHours: number;
  /** Gigabytes that all streams and buckets reserve together. */
  storageGb: number;
  logLevel: LogLevel;
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
  return {
    natsUrl: given.NATS_URL,
    host: given.HOST,
    port: given.PORT,
    replicas: given.MANYHANDS_REPLICAS,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    webFolder:
      given.MANYHANDS_WEB === undefined
        ? fileURLToPath(new URL('../../../web/build', import.meta.url))
        : resolve(given.MANYHANDS_WEB),
    origins: given.MANYHANDS_ORIGINS,
    heartbeatMs: 15_000,
    clientsMax: 10_000,
    stuckMs: 30_000,
    viewBytesMax: 64 * 1024 ** 2,
  };
}

/** Where Nest finds the configuration. */
export const CONFIG = Symbol('GatewayConfig');
