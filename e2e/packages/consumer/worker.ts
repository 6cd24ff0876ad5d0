/** `NATS_URL=… node worker.ts` */
import { startWorker } from 'manyhands/worker';

const worker = await startWorker({ kindModules: [new URL('kinds/squares.ts', import.meta.url)], slots: 2 });
console.log(`computing ${worker.kinds.join(', ')}`);
process.once('SIGTERM', () => void worker.stop());
