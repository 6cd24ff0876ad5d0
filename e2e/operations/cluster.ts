/** Three nats-servers that form a cluster on loopback, each with a store of its own under one folder. */
import { join } from 'node:path';
import { wantedStreams } from '@manyhands/broker';
import type { Broker, StreamInfo } from '@manyhands/nats';
import { expect, vi } from 'vitest';
import { type NatsServer, reservedPort, startNatsServer } from '@manyhands/testkit';

const names = ['n1', 'n2', 'n3'];

export function storeOf(folder: string, name: string): string {
  return join(folder, name);
}

export async function startCluster(folder: string): Promise<NatsServer[]> {
  const reserved = (): Promise<number[]> => Promise.all(names.map(() => reservedPort()));
  const [ports, routes] = [await reserved(), await reserved()];
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

/**
 * Waits until each server has all that the leader has, of every stream. Only then may one be lost: copies that are added to a stream are made after the answer, and
 * until then what it holds is on one server alone. (Seen: three streams that never got a leader again.)
 */
export async function untilCopiesAreEqual({ manager }: Broker): Promise<void> {
  const names = wantedStreams(3).map(({ name }) => name);
  await vi.waitFor(
    async () => {
      const infos: StreamInfo[] = [];
      for await (const info of manager.streams.list()) infos.push(info);
      const behind = infos.filter(
        ({ cluster }) =>
          cluster?.replicas?.length !== 2 || cluster.replicas.some(({ current, lag }) => !current || (lag ?? 0) > 0),
      );
      expect(behind.map(({ config, cluster }) => ({ stream: config.name, cluster }))).toEqual([]);
      // Whose leader does not answer is left out.
      expect(infos.map(({ config }) => config.name).sort()).toEqual(names.sort());
    },
    { timeout: 90_000, interval: 250 },
  );
}
