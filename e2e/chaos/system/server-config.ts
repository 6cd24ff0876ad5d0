/** Configurations of the nats-servers under test. Pure. */
import { fileStoreBytes, renderServerConfig } from '../../../deploy/local/src/nats-server/config.ts';

export interface ServerPlace {
  name: string;
  folder: string;
  clientPort: number;
  routePort: number;
  /** Loopback only. */
  monitorPort: number;
}

/** What `npm start` runs; a monitoring port is the only thing that may be added. */
export function singleConfig(server: ServerPlace, { monitored }: { monitored: boolean }): string {
  const shipped = renderServerConfig({
    port: server.clientPort,
    storeFolder: `${server.folder}/store`,
    pidFile: `${server.folder}/pid`,
  });
  return monitored ? `${shipped}http: "127.0.0.1:${server.monitorPort}"\n` : shipped;
}

/**
 * One server of a cluster whose members reach each other only over `routes`, so that a link between two can be broken: the address
 * they would tell each other leads nowhere.
 */
export function clusterConfig(server: ServerPlace, routes: readonly string[]): string {
  return `server_name: ${server.name}
listen: "127.0.0.1:${server.clientPort}"
http: "127.0.0.1:${server.monitorPort}"
pid_file: "${server.folder}/pid"
max_payload: 1MB
max_pending: 64MB
write_deadline: "10s"
jetstream {
  store_dir: "${server.folder}/store"
  max_file_store: ${fileStoreBytes()}
  max_memory_store: 268435456
  sync_interval: always
}
cluster {
  name: chaos
  listen: "127.0.0.1:${server.routePort}"
  advertise: "127.0.0.1:1"
  no_advertise: true
  pool_size: -1
  routes: [${routes.map((route) => `"${route}"`).join(', ')}]
}
`;
}
