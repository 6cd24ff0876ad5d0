/**
 * How far the running leases of a job are, from what workers publish on the live subject: it smooths the bar between two results.
 *
 * Invariant: it only moves `progress` of a running view, never a count, and never back. Nothing of it is stored; a coordinator that missed it
 * shows a coarser bar.
 */
import { isFinal, type JobView, type LeaseProgress } from '@manyhands/proto';
import type { JobState } from '../job/state.ts';
import { viewOf } from '../job/view.ts';

/** Chunks done so far, by lease id; of the one at hand the share that is done. */
export type LiveLeases = ReadonlyMap<string, number>;

/** The view of a state, with the bar as far as its running leases are, and at least at `shown`: also where a job ends short of its goal. */
export function liveView({ state, slots }: { state: JobState; slots: number }, live: LiveLeases, shown: number): JobView {
  const view = viewOf(state, slots);
  if (isFinal(view.status)) return { ...view, progress: Math.max(shown, view.progress) };
  let running = 0;
  for (const { id, span } of state.leases) running += Math.min(live.get(id) ?? 0, span[1] - span[0]);
  return { ...view, progress: Math.max(shown, view.progress + running / view.total_chunks) };
}

/** Keeps what was received last of each lease of one job, and forgets leases that are answered. */
export class HeardLeases extends Map<string, number> {
  hear(progress: LeaseProgress): void {
    this.set(progress.lease, progress.done + (progress.share ?? 0));
  }

  keepOnly(state: JobState): void {
    if (this.size === 0) return;
    const outstanding = new Set(state.leases.map((lease) => lease.id));
    for (const id of this.keys()) if (!outstanding.has(id)) this.delete(id);
  }
}
