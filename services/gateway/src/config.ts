/** What the gateway is told by its environment. Wrong configuration fails at boot with a sentence that says what to change. */
import { fileURLToPath } from 'node:url';
import { LOG_LEVELS, type LogLevel } from '@manyhands/observe';
import { RetentionHours, StorageGb } from '@manyhands/proto';
import { z } from 'zod';

const Environment = z.object({
  NATS_URL: z.string().min(1, 'must be an address like nats://127.0.0.1:4222').default('nats://127.0.0.1:4222'),
  HOST: z.string().min(1, 'must be an address to listen on, like 127.0.0.1').default('127.0.0.1'),
  PORT: z.coerce.number({ error: 'must be a port number' }).int('must be a whole number').min(0, 'must be 0 to 65535').max(65_535, 'must be 0 to 65535').default(8000),
  MANYHANDS_REPLICAS: z.enum(['1', '3'], { error: 'must be 1 (single server) or 3 (cluster)' }).default('1'),
  MANYHANDS_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  MANYHANDS_WEB: z.string().optional(),
  MANYHANDS_ORIGINS: z.string().default(''),
  MANYHANDS_RETENTION_HOURS: RetentionHours,
  MANYHANDS_STORAGE_GB: StorageGb,
});

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
  /** Origins besides our own whose pages may open the WebSocket, e.g. `https://status.example`. */
  origins: readonly string[];
  /** Milliseconds between heartbeat comments (SSE) and pings (WebSocket). Shorter than the idle limit of common proxies. */
  heartbeatMs: number;
  /** Open WebSockets, and as many event streams; each costs a socket and some kilobytes. */
  clientsMax: number;
  /** Milliseconds after which a client that takes nothing of what it is sent is ended. */
  stuckMs: number;
  /** Bytes of job views kept in memory to be listed and sent on; older ones are read from the bucket when asked for. */
  viewBytesMax: number;
}

/** Throws an `Error` that names each wrong variable and what it must be. */
export function readConfig(env: Record<string, string | undefined>): GatewayConfig {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message} (it is "${env[String(issue.path[0])] ?? ''}")`);
    throw new Error(`The gateway cannot start: ${wrong.join('; ')}.`);
  }
  const given = parsed.data;
  return {
    natsUrl: given.NATS_URL,
    host: given.HOST,
    port: given.PORT,
    replicas: given.MANYHANDS_REPLICAS === '3' ? 3 : 1,
    retentionHours: given.MANYHANDS_RETENTION_HOURS,
    storageGb: given.MANYHANDS_STORAGE_GB,
    logLevel: given.MANYHANDS_LOG_LEVEL,
    webFolder: given.MANYHANDS_WEB || fileURLToPath(new URL('../../../web/build', import.meta.url)),
    origins: given.MANYHANDS_ORIGINS.split(',').map((origin) => origin.trim()).filter(Boolean),
    heartbeatMs: 15_000,
    clientsMax: 10_000,
    stuckMs: 30_000,
    viewBytesMax: 64 * 1024 ** 2,
  };
}

/** Where Nest finds the configuration. */
export const CONFIG = Symbol('GatewayConfig');
