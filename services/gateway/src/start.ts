/** Starts the gateway with settings that are right. */
import { asPlain, serveHealth } from '@manyhands/observe';
import type { RunningService } from '@manyhands/observe/run-service';
import { listenRefusal } from '@manyhands/proto/settings';
import { createGateway } from './application.ts';
import { BrokerLink } from './bus/broker-link.ts';
import type { GatewayConfig } from './config.ts';
import { GatewayMetrics } from './expose/gateway-metrics.ts';

/** `failed` is called with an error that ends the process. */
export async function start(config: GatewayConfig, failed: (error: unknown) => void): Promise<RunningService> {
  const { port, host, health: at } = config;
  const app = await createGateway(config);
  const [link, metrics] = [app.get(BrokerLink), app.get(GatewayMetrics)];
  void link.failed.then(failed);
  await app.listen({ port, host }).catch((error: unknown) => {
    throw listenRefusal(error, { port, host, portName: 'PORT' }) ?? error;
  });
  if (at === undefined) return app;
  // Only then, so that a gateway whose health is asked for here is one that answers on PORT. What is known of the system is not here: the metrics service has it.
  const health = await serveHealth({
    ...at,
    problem: () => (link.connected ? undefined : 'NATS is not reachable.'),
    metrics: { render: async () => asPlain(await metrics.render()), renderOpen: () => metrics.render() },
  });
  return {
    async close() {
      await app.close();
      await health.close();
    },
  };
}
