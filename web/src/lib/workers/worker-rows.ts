/** The workers that are there and those that left, and what they did, as a person reads them. Pure. */
import type { WorkerHeartbeat } from '@manyhands/proto';
import type { WorkerSample } from '@manyhands/proto/worker-samples';
import { sharedOf, threadsOf } from '@manyhands/proto/worker-slots';
import type { WorkerRecord } from '@manyhands/sdk';
import { alphabetical } from '../alphabetical.ts';

/**
 * `draining`: it takes no more and computes still; `drained`: nothing is left to do · `ended`: it left after it had drained; `gone`: it left without draining.
 */
export type WorkerState = 'computing' | 'idle' | 'draining' | 'drained' | 'ended' | 'gone';

export const stateNames: Record<WorkerState, string> = {
  computing: 'Computing',
  idle: 'Idle',
  draining: 'Draining',
  drained: 'Drained',
  ended: 'Ended',
  gone: 'Gone',
};

export type Beat = Omit<WorkerHeartbeat, 'v' | 'type'>;

export interface WorkerRow {
  beat: Beat;
  state: WorkerState;
  /** Since when it is gone, where that is known. */
  goneAt: string | null;
  samples: readonly WorkerSample[];
}

/** Those that are there in the order given, then those that left, the newest first. */
export function workerRows(
  live: readonly Beat[],
  recorded: WorkerRecord['workers'],
  samples: ReadonlyMap<string, readonly WorkerSample[]>,
): WorkerRow[] {
  const there = new Set(live.map(({ worker }) => worker));
  const left = recorded
    .filter(({ worker }) => !there.has(worker.worker))
    .sort((one, other) => alphabetical(other.gone_at ?? '9', one.gone_at ?? '9'));
  const samplesOf = (worker: string) => samples.get(worker) ?? [];
  return [
    ...live.map((beat) => ({ beat, state: stateOf(beat), goneAt: null, samples: samplesOf(beat.worker) })),
    ...left.map(({ worker, gone_at: goneAt }) => ({
      beat: worker,
      state: worker.draining ? ('ended' as const) : ('gone' as const),
      goneAt,
      samples: samplesOf(worker.worker),
    })),
  ];
}

function stateOf({ draining, busy_slots: busy }: Beat): WorkerState {
  if (draining) return busy > 0 ? 'draining' : 'drained';
  return busy > 0 ? 'computing' : 'idle';
}

export function isLeft({ state }: WorkerRow): boolean {
  return state === 'ended' || state === 'gone';
}

/** `2 of 4 slots`, and `30 of 100 that wait` where there are such. */
export function slotWords(beat: Beat): { threads: string; shared: string | null } {
  const [threads, shared] = [threadsOf(beat), sharedOf(beat)];
  return {
    threads: `${threads.busy} of ${threads.slots}`,
    shared: shared.slots > 0 ? `${shared.busy} of ${shared.slots} that wait` : null,
  };
}

/** The jobs a worker computes on, each with how many of its leases. */
export function jobsOf({ leases }: Pick<Beat, 'leases'>): { id: string; kind: string; leases: number }[] {
  const byJob = Map.groupBy(leases, (lease) => lease.job_id);
  return [...byJob].map(([id, own]) => ({ id, kind: own[0]?.kind ?? '', leases: own.length }));
}

/** What its samples are as curves, each value at the same place as its time (seconds since 1970). */
interface Curves {
  at: number[];
  /** Parts of all slots, 0 to 1. */
  busy: number[];
  /** Chunks a second since the sample before. */
  perSec: number[];
  /** Megabytes. */
  memory: number[];
}

export function curvesOf(samples: readonly WorkerSample[], slots: number): Curves {
  return {
    at: samples.map(({ atSec }) => atSec),
    busy: samples.map(({ busy, beats }) => Math.min(1, busy / beats / Math.max(1, slots))),
    perSec: samples.map(({ atSec, chunks }, at) => {
      const before = samples[at - 1];
      return before === undefined ? 0 : Math.max(0, chunks - before.chunks) / (atSec - before.atSec);
    }),
    memory: samples.map(({ memoryMb }) => memoryMb),
  };
}

/** The mean part of all slots of these workers that was busy; null where nothing was measured. */
export function meanBusy(rows: readonly WorkerRow[]): number | null {
  const measured = rows.filter(({ samples }) => samples.length > 0);
  const slots = measured.reduce((sum, { beat }) => sum + beat.slots, 0);
  const busy = measured.reduce(
    (sum, { samples }) => sum + samples.reduce((all, each) => all + each.busy / each.beats, 0) / samples.length,
    0,
  );
  return slots === 0 ? null : Math.min(1, busy / slots);
}

/** The commands of an SVG path through values, in a box of 100 × 24; `most` is at its top. Empty for fewer than two. */
export function pathOf(at: readonly number[], values: readonly number[], fromSec: number, toSec: number, most: number): string {
  if (at.length < 2) return '';
  const x = (sec: number) => Math.max(0, (100 * (sec - fromSec)) / Math.max(1, toSec - fromSec));
  const y = (value: number) => 23 - (22 * Math.min(value, most)) / (most || 1);
  return at.map((sec, place) => `${place === 0 ? 'M' : 'L'}${x(sec).toFixed(1)} ${y(values[place] ?? 0).toFixed(1)}`).join('');
}
