/** One real nats-server with everything provisioned, for all tests of a file. `server` and `broker` are set while they run. */
import { startNatsServer, type NatsServer } from '@manyhands/testkit';
import { afterAll, beforeAll } from 'vitest';
import { openBroker, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';

export let server: NatsServer;
export let broker: Broker;

export function useProvisionedServer(): void {
  beforeAll(async () => {
    server = await startNatsServer();
    broker = await openBroker({ url: server.url, name: 'test' });
    await provision(broker);
  });
  afterAll(async () => {
    await broker?.close();
    await server?.stop();
  });
}
