/** Writes the configuration of the local nats-server. Pure. */
import { BUCKETS, STREAMS } from '@manyhands/proto';

export interface ServerConfig {
  port: number;
  storeFolder: string;
  pidFile: string;
}

const gib = 1024 ** 3;

/** Streams and buckets reserve their limits, so the store must hold their sum; the rest is for artifacts and growth. */
export function fileStoreBytes(): number {
  const reserved = [...Object.values(STREAMS), ...Object.values(BUCKETS)].reduce((sum, spec) => sum + spec.maxBytes, 0);
  return Math.ceil(reserved / gib + 4) * gib;
}

/**
 * Loopback only, no monitoring port (it has no authentication), every write on disk before it is acknowledged: with the
 * server's default of two minutes between flushes, a power loss takes acknowledged jobs with it.
 */
export function renderServerConfig({ port, storeFolder, pidFile }: ServerConfig): string {
  return `# Written by npm start; changes are overwritten.
server_name: manyhands-local
listen: "127.0.0.1:${port}"
pid_file: ${quoted(pidFile)}
max_payload: 1MB
max_control_line: 4096
max_pending: 64MB
write_deadline: "10s"
jetstream {
  store_dir: ${quoted(storeFolder)}
  max_file_store: ${fileStoreBytes()}
  max_memory_store: 268435456
  sync_interval: always
}
`;
}

function quoted(path: string): string {
  return JSON.stringify(path.replaceAll('\\', '/'));
}
