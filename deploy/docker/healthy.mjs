/**
 * Exits with 0 while the service of this container is alive: asks /healthz on HEALTH_PORT, or on PORT as the gateway answers, at the address that it listens on.
 * Asked itself, whatever proxy the environment names: an agent of our own knows none.
 */
import { Agent, get } from 'node:http';

const { HOST: host = '', HEALTH_PORT: healthPort, PORT: port } = process.env;
const address = { host: ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host, port: healthPort || port || '8000' };
const request = get({ ...address, path: '/healthz', agent: new Agent(), timeout: 4_000 }, ({ statusCode }) =>
  process.exit(statusCode === 200 ? 0 : 1),
);
request.on('error', () => process.exit(1)).on('timeout', () => process.exit(1));
