/** A NATS server with all streams and one kind registered, as a system without coordinators and workers: what gateways alone are tried on. */
import { openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { encode, keys, type KindRegistration } from '@manyhands/proto';
import { aKindRegistration, startNatsServer } from '@manyhands/testkit';

export interface BareSystem {
  readonly natsUrl: string;
  readonly broker: Broker;
  readonly kind: KindRegistration;
  stop(): Promise<void>;
}

export async function startBareSystem(): Promise<BareSystem> {
  const nats = await startNatsServer();
  const broker = await openBroker({ url: nats.url, name: 'test' });
  await provision(broker);
  const kind = aKindRegistration();
  await (await openBucket(broker, 'kinds')).put(keys.kind(kind.kind), encode(kind));
  return {
    natsUrl: nats.url,
    broker,
    kind,
    async stop() {
      await broker.close();
      await nats.stop();
    },
  };
}
