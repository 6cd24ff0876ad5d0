/** A thread with nothing but undici: `atOnce` loops, each of which requests the next address until none is left, and reads the answer as text. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

/** What is used of it here. */
interface Undici {
  Agent: new () => { close(): Promise<void> };
  request(url: string, options: object): Promise<{ statusCode: number; body: { text(): Promise<string> } }>;
}

// The very one that the kinds use.
const { Agent, request } = createRequire(new URL('../../services/compute/package.json', import.meta.url))('undici') as Undici;
const { bases, atOnce, parts, next } = workerData as { bases: string[]; atOnce: number; parts: number; next: Int32Array };
const dispatcher = new Agent();
parentPort!.postMessage('ready');
await once(parentPort!, 'message');
let read = 0;
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let at = Atomics.add(next, 0, 1); at < parts; at = Atomics.add(next, 0, 1)) {
      const { statusCode, body } = await request(`${bases[at % bases.length]}/page/${at}`, { dispatcher });
      if ((await body.text()).length > 0 && statusCode === 200) read += 1;
    }
  }),
);
parentPort!.postMessage(read);
await dispatcher.close();
