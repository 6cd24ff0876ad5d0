/**
 * What chunks of a given time cost beyond that time on all slots: `Workload`s for `workloads.ts`.
 *
 * A job of a shape that was never seen (`cold`: it starts with single chunks) and one that was (`warm`). Chunks burn their core, so what the other
 * processes need is taken from no slot only where there are more cores than slots; chunks that wait leave it to them.
 */
import type { MeasuredSystem } from '../system.ts';
import type { Workload } from '../workload.ts';

let shapes = 0;

export function overhead(slots: number): Workload[] {
  return [1, 10, 100].flatMap((ms) => (['burn', 'wait'] as const).map((kind) => timed(kind, ms, Math.round(2_000 / ms) * slots, slots)));
}

function timed(kind: 'burn' | 'wait', ms: number, chunks: number, slots: number): Workload {
  return {
    name: `${chunks} chunks that ${kind} ${ms} ms on ${slots} slots`,
    async run(system) {
      // One that differs in nothing that takes time is another shape.
      const params = { ms, shape: (shapes += 1) };
      const cold = await percentOver(system, kind, params, chunks, (chunks * ms) / slots);
      const warm = await percentOver(system, kind, params, chunks, (chunks * ms) / slots);
      return { 'overhead, cold %': cold, 'overhead %': warm };
    },
  };
}

async function percentOver(system: MeasuredSystem, kind: string, params: { ms: number; shape: number }, chunks: number, idealMs: number): Promise<number> {
  const startedAtMs = performance.now();
  const { result } = await system.run({ kind, params, chunks });
  if (result !== chunks) throw new Error(`counted ${JSON.stringify(result)} of ${chunks} chunks`);
  return ((performance.now() - startedAtMs) / idealMs - 1) * 100;
}
