/** Parts and runs as small as it takes for what few chunks leave to have several: of the real ones a simulation would have to write megabytes. */
import { limits } from '@manyhands/proto';
import { heuristics } from '../../services/coordinator/src/scheduling/heuristics.ts';
import type { Scenario } from './scenario.ts';

const PART_BYTES = 64;

/** Where answers keep an order or are lines. Returns how to put the real ones back. */
export function cutSmall({ jobs }: Scenario): () => void {
  const { partBytesMax } = limits;
  const { linesRunsMax } = heuristics;
  const kept = jobs[0]?.kept;
  if (kept) cutAt(PART_BYTES, kept.runsMax);
  return () => cutAt(partBytesMax, linesRunsMax);
}

function cutAt(partBytesMax: number, linesRunsMax: number): void {
  Object.assign(limits, { partBytesMax });
  Object.assign(heuristics, { linesRunsMax });
}
