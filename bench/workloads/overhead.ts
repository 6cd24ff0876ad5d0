/**
 * What chunks of a given time cost beyond what the bare kernel takes on as many threads, in the same run: `Workload`s for `workloads.ts`. Not beyond
 * the time they were told to take, because a timer of 10 ms takes 11 on a busy machine, with us or without.
 *
 * A job of a shape that was never seen (`cold`: it starts with single chunks) and one that was (`warm`). Chunks burn their core, so what the other
 * processes need is taken from no slot only where there are more cores than slots; chunks that wait leave it to them.
 */
import type { MeasuredSystem } from '../system.ts';
import { percentile, timed } from '../timing.ts';
import type { Workload } from '../workload.ts';
import { onBareThreads } from './bare-threads.ts';

/** Of a bare run and one of ours after it: a core that is away for a moment makes one of the two look slow. */
const PAIRS = 3;

let shapes = 0;

export function overhead(slots: number): Workload[] {
  return [1, 10, 100].flatMap((ms) =>
    (['burn', 'wait'] as const).map((kind) => overheadOf(kind, ms, Math.round(2_000 / ms) * slots, slots)),
  );
}

function overheadOf(kind: 'burn' | 'wait', ms: number, chunks: number, slots: number): Workload {
  return {
    name: `${chunks} chunks that ${kind} ${ms} ms on ${slots} slots`,
    async run(system) {
      // One that differs in nothing that takes time is another shape.
      const params = { ms, shape: (shapes += 1) };
      const coldMs = await oursMs(system, kind, params, chunks);
      const pairs: { bareMs: number; warmMs: number }[] = [];
      while (pairs.length < PAIRS)
        pairs.push({ bareMs: await bareMs(kind, ms, chunks, slots), warmMs: await oursMs(system, kind, params, chunks) });
      return {
        'overhead, cold %': percentOver(coldMs, pairs[0]!.bareMs),
        'overhead %': percentile(
          pairs.map((pair) => percentOver(pair.warmMs, pair.bareMs)),
          0.5,
        ),
        'bare kernel ms': percentile(
          pairs.map((pair) => pair.bareMs),
          0.5,
        ),
      };
    },
  };
}

function percentOver(ms: number, bareMs: number): number {
  return (ms / bareMs - 1) * 100;
}

async function bareMs(kind: string, ms: number, chunks: number, slots: number): Promise<number> {
  return (await onBareThreads('./bare-timed.ts', { kind, ms }, chunks, slots)).ms;
}

async function oursMs(
  system: MeasuredSystem,
  kind: string,
  params: { ms: number; shape: number },
  chunks: number,
): Promise<number> {
  const { ms, value } = await timed(() => system.run({ kind, params, chunks }));
  if (value.result !== chunks) throw new Error(`counted ${JSON.stringify(value.result)} of ${chunks} chunks`);
  return ms;
}
