/** The messages between a slot and its thread. */
import type { CellPlace } from './cell-store.ts';
import type { JsonBounds } from './json-value.ts';

/** Given to the thread when it starts. */
export interface ThreadSetup {
  kindModules: readonly KindModule[];
  /** See `SlotCells`. */
  cells: CellPlace;
  /** Of a partial as JSON. */
  partialBounds: JsonBounds;
  /** Megabytes of JavaScript objects the task code may hold. */
  memoryMb: number;
}

/** A module that exports tasks. */
export interface KindModule {
  address: string;
  /** It was found by a pattern, so it may export none. */
  isFound?: boolean;
}

/** A task without its functions: what can leave the thread. */
export interface KindCard {
  /** With its version: how the kind is called on the wire. */
  name: string;
  version: number;
  title: string;
  description: string;
  /** JSON Schema. */
  params: Readonly<Record<string, unknown>>;
  example: unknown;
  chunks: number;
  defaults: { attempts?: number; softLimitSec?: number; hardLimitSec?: number };
  memoryMb: number | undefined;
  /** Address of the module that exports it. */
  module: string;
}

export type SlotTask =
  | {
      op: 'compute';
      begin: number;
      end: number;
      total: number;
      /** Which run of these chunks it is, from 1. */
      attempt: number;
      jobId: string;
    }
  | { op: 'merge'; partials: readonly unknown[] };

export type ThreadCommand =
  | { do: 'run'; run: number; kind: string; params: unknown; task: SlotTask; softLimitSec: number }
  /** Fires the abort event; task code that never yields sees the cell instead. */
  | { do: 'cancel'; run: number }
  /** The same for the present chunk alone. */
  | { do: 'overdue'; run: number };

/** Mirrors `WireError`, which is not imported: a thread loads nothing but kinds. */
export interface KernelError {
  code: 'compute_failed' | 'compute_refused' | 'params_refused' | 'too_large' | 'unknown_kind' | 'time_limit' | 'worker_lost';
  message: string;
  retryable: boolean;
  retry_after_ms?: number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What the task code logged. */
export interface LogLine {
  level: LogLevel;
  message: string;
  /** JSON. */
  fields?: Readonly<Record<string, unknown>>;
  /** Absent outside a chunk, as in a merge. */
  chunk?: number;
}

export interface ChunkFailure {
  chunk: number;
  error: KernelError;
}

export type RunOutcome =
  /** `partial` is JSON text; absent when every chunk failed. `leftFrom`: the first chunk that was not computed, to make room for another lease or because of many failures. */
  | { is: 'computed'; partial?: string; failed: ChunkFailure[]; leftFrom?: number; computeMs: number }
  | { is: 'failed'; error: KernelError }
  | { is: 'cancelled' };

export type ThreadReport =
  | { is: 'ready'; kinds: KindCard[] }
  | { is: 'broken'; message: string }
  /** `run`: whose code wrote it, which may be one that is over; absent outside every run. */
  | { is: 'logged'; line: LogLine; run?: number }
  | { is: 'over'; run: number; outcome: RunOutcome };
