/** A worker in a process of its own, for tests to kill. Says "ready" when it takes leases. */
import { openBroker } from '@manyhands/broker';
import { startWorker } from '@manyhands/worker';

const [url = '', ackWaitMs = '1000', kind = 'gated'] = process.argv.slice(2);
const broker = await openBroker({ url, name: 'trial-worker' });
const worker = await startWorker({
  broker,
  kindModules: [new URL('./kinds.ts', import.meta.url)],
  slots: 1,
  workerId: 'victim',
  ackWaitMs: Number(ackWaitMs),
  kinds: [kind],
});
process.stdout.write(`ready ${worker.id}\n`);
