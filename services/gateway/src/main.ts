/** Starts the gateway. SIGTERM and SIGINT drain it: streams are ended so that clients come back elsewhere, then NATS is let go. */
import { createGateway } from './application.ts';
import { BrokerLink } from './bus/broker-link.ts';
import { readConfig, type GatewayConfig } from './config.ts';

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

function configOrExit(): GatewayConfig {
  try {
    return readConfig(process.env);
  } catch (error) {
    return fail(error);
  }
}

const config = configOrExit();
const app = await createGateway(config);
void app.get(BrokerLink).failed.then(fail);
await app.listen({ port: config.port, host: config.host }).catch((error: NodeJS.ErrnoException) =>
  fail(error.code === 'EADDRINUSE' ? `Port ${config.port} on ${config.host} is taken: end the program that uses it, or set PORT to another.` : error),
);
