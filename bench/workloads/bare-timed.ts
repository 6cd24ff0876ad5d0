/** A thread that does nothing but burn or wait: takes the next part until none is left, then says how many it took. */
import { parentPort, workerData } from 'node:worker_threads';
import { burn, wait } from '../timed-kinds.ts';

const { kind, ms, parts, next } = workerData as { kind: 'burn' | 'wait'; ms: number; parts: number; next: Int32Array };
const { compute } = { burn, wait }[kind];

parentPort!.once('message', () => void takeAll());
parentPort!.postMessage('ready');

async function takeAll(): Promise<void> {
  let count = 0;
  const told = {
    index: 0,
    total: parts,
    attempt: 1,
    jobId: 'bare',
    log() {},
    progress() {},
    secret: () => '',
    pace: async () => {},
    file: () => Promise.reject(new Error('a bare loop keeps no files')),
  };
  const context = { params: { ms }, signal: new AbortController().signal, ...told };
  while (Atomics.add(next, 0, 1) < parts) count += await compute(0, context);
  parentPort!.postMessage(count);
}
