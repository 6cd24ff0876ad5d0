/** Three nats-servers that form a cluster on loopback, each with a store of its own under one folder. */
import { join } from 'node:path';
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { freePort } from '../fixture/system.ts';

const names = ['n1', 'n2', 'n3'];

export function storeOf(folder: string, name: string): string {
  return join(folder, name);
}

export async function startCluster(folder: string): Promise<NatsServer[]> {
  const [ports, routes] = await Promise.all([Promise.all(names.map(freePort)), Promise.all(names.map(freePort))]);
  return Promise.all(
    names.map((name, index) =>
      startNatsServer({
        port: ports[index]!,
        storeDir: storeOf(folder, name),
        extraConfig: `server_name: ${name}
          cluster { name: test, listen: "127.0.0.1:${routes[index]}", routes: [${routes.map((port) => `"nats://127.0.0.1:${port}"`).join(', ')}] }`,
      }),
    ),
  );
}
