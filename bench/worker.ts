/** A worker process for measurements: the built-in primes and the no-op kind. */
import { openBroker, provision } from '@manyhands/broker';
import { createLogger, openTracer } from '@manyhands/observe';
import { startWorker } from '@manyhands/worker';

const broker = await openBroker({ url: process.env.NATS_URL ?? 'nats://127.0.0.1:4222', name: 'bench-worker' });
await provision(broker);
const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
const tracer = openTracer(endpoint === undefined ? undefined : { endpoint, headers: {}, ratio: 1 }, {
  service: 'bench-worker',
  log: createLogger('bench-worker', { level: 'error' }),
});
const worker = await startWorker({
  broker,
  kindModules: [
    new URL('./kinds.ts', import.meta.url),
    new URL('./timed-kinds.ts', import.meta.url),
    new URL('../services/compute/dist/kinds/index.js', import.meta.url),
  ],
  tracer,
  slots: Number(process.env.MANYHANDS_SLOTS ?? 1),
  ...(process.env.BENCH_KINDS !== undefined && { kinds: process.env.BENCH_KINDS.split(',') }),
});
process.once(
  'SIGTERM',
  () =>
    void worker
      .drain(1_000)
      .then(() => broker.close())
      .then(() => process.exit(0)),
);
