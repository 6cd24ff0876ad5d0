/** Starts the gateway with settings that are right. */
import type { RunningService } from '@manyhands/observe/run-service';
import { listenRefusal } from '@manyhands/proto/settings';
import { createGateway } from './application.ts';
import { BrokerLink } from './bus/broker-link.ts';
import type { GatewayConfig } from './config.ts';

/** `failed` is called with an error that ends the process. */
export async function start(config: GatewayConfig, failed: (error: unknown) => void): Promise<RunningService> {
  const { port, host } = config;
  const app = await createGateway(config);
  void app.get(BrokerLink).failed.then(failed);
  await app.listen({ port, host }).catch((error: unknown) => {
    throw listenRefusal(error, { port, host, portName: 'PORT' }) ?? error;
  });
  return app;
}
