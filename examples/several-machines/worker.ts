/** A worker of your own: start it on each machine that reaches the same NATS, as often as you like. */
import { startWorker } from 'manyhands/worker';

// Where NATS is: the variable NATS_URL, as `nats://worker:<password>@<host>:4222`.
const worker = await startWorker({ kindModules: [new URL('./visits.ts', import.meta.url)], slots: 1 });
console.log(`${worker.id} computes ${worker.kinds.join(', ')}`);

// What has begun is finished, or handed over to another worker: no chunk is lost or counted twice.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
