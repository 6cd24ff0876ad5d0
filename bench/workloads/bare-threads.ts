/** A kernel on threads of its own with nothing around it: what no system can beat. Threads are ready before the clock starts. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { timed } from '../timing.ts';

/** `script` says that it is ready, waits for a message, takes parts until none is left, and says the sum of what it counted. */
export async function onBareThreads(
  script: string,
  work: object,
  parts: number,
  threads: number,
): Promise<{ ms: number; value: number }> {
  const next = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(script, import.meta.url), { workerData: { ...work, parts, next } }),
  );
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return await timed(async () => {
      const counts = workers.map((worker) => once(worker, 'message') as Promise<[number]>);
      for (const worker of workers) worker.postMessage('go');
      return (await Promise.all(counts)).reduce((sum, [count]) => sum + count, 0);
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
