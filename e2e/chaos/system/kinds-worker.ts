/** A compute process that knows the kinds of the module in `KIND_MODULE`; wired like the service. */
import { pathToFileURL } from 'node:url';
import { openBroker, provision } from '@manyhands/broker';
import { createLogger } from '@manyhands/observe';
import { startWorker } from '@manyhands/worker';

const {
  NATS_URL: url = '',
  KIND_MODULE: kindModule = '',
  MANYHANDS_SLOTS: slots = '1',
  SLOT_MEMORY_MB: slotMemoryMb,
  MANYHANDS_ACK_WAIT_MS: ackWaitMs,
  MANYHANDS_REPLICAS: replicas = '1',
} = process.env;
const broker = await openBroker({ url, name: 'kinds-worker' });
await provision(broker, { replicas: replicas === '3' ? 3 : 1 });
const worker = await startWorker({
  broker,
  kindModules: [pathToFileURL(kindModule)],
  slots: Number(slots),
  ...(slotMemoryMb && { slotMemoryMb: Number(slotMemoryMb) }),
  log: createLogger('compute', { level: 'info' }),
  ...(ackWaitMs && { ackWaitMs: Number(ackWaitMs) }),
});
process.once(
  'SIGTERM',
  () =>
    void worker
      .drain(1_000)
      .then(() => broker.close())
      .then(() => process.exit(0)),
);
