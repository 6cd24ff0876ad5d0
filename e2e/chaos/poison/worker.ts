/** A compute process that knows the poisoned kind; wired like the service, with little memory for each slot. */
import { openBroker, provision } from '@manyhands/jetstream';
import { createLogger } from '@manyhands/observe';
import { startWorker } from '@manyhands/worker';

const { NATS_URL: url = '', MANYHANDS_SLOTS: slots = '1', MANYHANDS_ACK_WAIT_MS: ackWaitMs } = process.env;
const broker = await openBroker({ url, name: 'poison-worker' });
await provision(broker);
const worker = await startWorker({
  broker,
  kindModules: [new URL('./kinds.ts', import.meta.url)],
  slots: Number(slots),
  slotMemoryMb: 64,
  log: createLogger('compute', { level: 'info' }),
  ...(ackWaitMs && { ackWaitMs: Number(ackWaitMs) }),
});
process.once('SIGTERM', () => void worker.drain(1_000).then(() => broker.close()).then(() => process.exit(0)));
