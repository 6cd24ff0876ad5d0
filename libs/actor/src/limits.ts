/** Every limit of the runtime, with its default; a runtime may be given others. */
import type { ContainmentLimits } from './containment.ts';
import type { SupervisionLimits } from './supervision.ts';

export interface SnapshotLimits {
  turnsMax: number;
  bytesMax: number;
  dirtyMsMax: number;
}

export interface PassivationLimits {
  idleMsMax: number;
  activationsMax: number;
}

export interface RuntimeLimits {
  snapshot: SnapshotLimits;
  passivation: PassivationLimits;
  supervision: SupervisionLimits;
  containment: ContainmentLimits;
  /** Activations rebuilt, and snapshots saved, at the same time. */
  concurrencyMax: number;
  /** Finished actors remembered, so that a late message costs no reads. */
  finishedRememberedMax: number;
}

export const defaultLimits: RuntimeLimits = {
  snapshot: { turnsMax: 256, bytesMax: 4 * 1024 * 1024, dirtyMsMax: 2_000 },
  passivation: { idleMsMax: 60_000, activationsMax: 10_000 },
  supervision: { retriesMax: 3, setAsideMax: 8 },
  containment: { triesMax: 4, againMsFirst: 100, againMsMax: 15_000, conflictsMax: 3 },
  concurrencyMax: 64,
  finishedRememberedMax: 10_000,
};
