/** Writes the configuration of the local nats-server. Pure. */
import { CAPACITY, reservedBytes } from '@manyhands/proto';

export interface ServerConfig {
  port: number;
  storeFolder: string;
  pidFile: string;
  /** Gigabytes that streams and buckets reserve together; unset: the usual. */
  storageGb?: number;
  /** The configuration that the server had before; empty when it had none. */
  before?: string;
  /** The block that states who may sign in, and do what; unset: any client may do everything. */
  authorization?: string;
}

const gib = 1024 ** 3;

/**
 * Streams and buckets reserve their limits, so the store must hold their sum; the rest is for artifacts and growth. Never less than the usual, because a
 * server does not recover streams that reserve more than it may hold, and those in the store may be from before.
 */
export function fileStoreBytes(storageGb: number = CAPACITY.storageGb): number {
  return Math.ceil(Math.max(reservedBytes(storageGb), reservedBytes()) / gib + 4) * gib;
}

/** Streams of a store that was larger reserve what they did until they are provisioned, which a server with less would not start them for. */
function fileStoreBytesIn(config: string): number {
  return Number(/max_file_store: (\d+)/.exec(config)?.[1] ?? 0);
}

/**
 * Loopback only, no monitoring port (it has no authentication), every write on disk before it is acknowledged: with the
 * server's default of two minutes between flushes, a power loss takes acknowledged jobs with it. Loopback is open to every account of the machine, hence
 * `authorization`, which may hold a password: the file must be readable by its owner alone.
 */
export function renderServerConfig({
  port,
  storeFolder,
  pidFile,
  storageGb,
  before = '',
  authorization = '',
}: ServerConfig): string {
  return `# Written by npm start; changes are overwritten.
server_name: manyhands-local
listen: "127.0.0.1:${port}"
pid_file: ${quoted(pidFile)}
max_payload: 1MB
max_control_line: 4096
max_pending: 64MB
write_deadline: "10s"
${authorization}jetstream {
  store_dir: ${quoted(storeFolder)}
  max_file_store: ${Math.max(fileStoreBytes(storageGb), fileStoreBytesIn(before))}
  max_memory_store: 268435456
  sync_interval: always
}
`;
}

function quoted(path: string): string {
  return JSON.stringify(path.replaceAll('\\', '/'));
}
