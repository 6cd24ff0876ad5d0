/** A thread that does nothing but count primes: takes the next part of 0…n until none is left, then says how many it counted. */
import { parentPort, workerData } from 'node:worker_threads';
import { countPrimes } from '../../services/compute/src/kinds/primes/compute.ts';

const { n, parts, next } = workerData as { n: number; parts: number; next: Int32Array };
const border = (part: number): number => Number((BigInt(part) * BigInt(n)) / BigInt(parts));

countPrimes(0, 1e7);
parentPort!.once('message', () => {
  let count = 0;
  for (let part = Atomics.add(next, 0, 1); part < parts; part = Atomics.add(next, 0, 1))
    count += countPrimes(border(part), border(part + 1));
  parentPort!.postMessage(count);
});
parentPort!.postMessage('ready');
