/** What is measured. Each workload returns named figures; higher is better for `…/s`, lower for `ms` and `MB`. */
import { createOutbox } from '@manyhands/jetstream';
import { newJobId, workSubjects } from '@manyhands/proto';
import { countPrimes } from '../services/compute/src/kinds/primes/compute.ts';
import type { MeasuredSystem } from './system.ts';

export type Figures = Record<string, number>;

export interface Workload {
  name: string;
  run(system: MeasuredSystem): Promise<Figures>;
}

async function timed<T>(work: () => Promise<T> | T): Promise<{ ms: number; value: T }> {
  const startedAtMs = performance.now();
  const value = await work();
  return { ms: performance.now() - startedAtMs, value };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function fanOut(chunks: number): Workload {
  return {
    name: `${chunks.toLocaleString('en')} no-op chunks and back`,
    async run(system) {
      const { ms, value } = await timed(() => system.run({ kind: 'noop', params: {}, chunks }));
      if (value.result !== chunks) throw new Error(`counted ${JSON.stringify(value.result)} of ${chunks} chunks`);
      return { 'chunks/s': chunks / (ms / 1000), 'coordinator MB': system.coordinatorMb() };
    },
  };
}

const latency: Workload = {
  name: '8-chunk job, 200 in sequence',
  async run(system) {
    const times: number[] = [];
    for (let count = 0; count < 200; count += 1) times.push((await timed(() => system.run({ kind: 'noop', params: {}, chunks: 8 }))).ms);
    times.sort((a, b) => a - b);
    return { 'p50 ms': percentile(times, 0.5), 'p99 ms': percentile(times, 0.99) };
  },
};

const concurrent: Workload = {
  name: '1,000 concurrent 8-chunk jobs',
  async run(system) {
    const { ms } = await timed(() => Promise.all(Array.from({ length: 1000 }, () => system.run({ kind: 'noop', params: {}, chunks: 8 }))));
    return { 'jobs/s': 1000 / (ms / 1000) };
  },
};

/** Real compute against the bare kernel on one thread in this process: 1 is all that `slots` slots could give. */
function primes(n: number, result: number, slots: number): Workload {
  return {
    name: `primes to ${n.toLocaleString('en')} in 1,000 chunks`,
    async run(system) {
      const ours = await timed(() => system.run({ kind: 'primes', params: { n }, chunks: 1000 }));
      const bare = await timed(() => countPrimes(0, n));
      if (ours.value.result !== result || bare.value !== result) throw new Error(`counted ${JSON.stringify(ours.value.result)} and ${bare.value} instead of ${result}`);
      return { 'ours ms': ours.ms, 'bare kernel on one thread ms': bare.ms, 'efficiency on all slots': bare.ms / slots / ours.ms };
    },
  };
}

/** What the bus itself can do in the same run: stored messages per second, in atomic batches. */
const rawPublish: Workload = {
  name: 'raw limit: 20,000 messages of 200 bytes stored in atomic batches',
  async run({ broker }) {
    const outbox = createOutbox(broker);
    const job = newJobId();
    const data = new Uint8Array(200);
    const messages = Array.from({ length: 20_000 }, () => ({ subject: workSubjects.lease('unserved', 'low', job), data }));
    const { ms } = await timed(() => outbox.publishAll(messages));
    return { 'messages/s': messages.length / (ms / 1000) };
  },
};

export function workloads(slots: number): Workload[] {
  return [rawPublish, fanOut(10_000), fanOut(1_000_000), latency, concurrent, primes(1e9, 50_847_534, slots), primes(1e10, 455_052_511, slots)];
}
