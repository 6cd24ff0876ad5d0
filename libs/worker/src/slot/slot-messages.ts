/** The messages between a slot and its thread. */
import type { MessagePort } from 'node:worker_threads';
import type { Turns } from '../pace/turn-stock.ts';
import type { CellPlace } from './cell-store.ts';
import type { JsonBounds } from './json-value.ts';

/** Given to the thread when it starts. */
export interface ThreadSetup {
  kindModules: readonly KindModule[];
  /** See `SlotCells`. Absent in a shared thread: each seat has its own. */
  cells?: CellPlace;
  bounds: SlotBounds;
  /** Megabytes of JavaScript objects the task code may hold. */
  memoryMb: number;
  /** Megabytes of its stack, where it is not the usual. */
  stackMb?: number;
  /** Arguments of Node for it alone, where they are not those of the process. */
  nodeArgs?: readonly string[];
}

/** How large what a run leaves may be. */
export interface SlotBounds {
  /** Of a partial. */
  partial: JsonBounds;
  /** A partial of more bytes as JSON leaves as bytes. */
  inlinePartialBytesMax: number;
  /** Of one line. */
  lineBytesMax: number;
  /** Lines of more bytes than that leave as bytes. */
  inlineLinesBytesMax: number;
  /** With so many bytes of lines a run ends early. */
  spanLinesBytesMax: number;
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
  /** What its chunks are cut from; absent: made by `split`. */
  input?: {
    form: 'items' | 'ndjson' | 'csv' | 'lines' | 'table' | 'bytes';
    schema?: Readonly<Record<string, unknown>>;
    batch?: number;
  };
  output?: SlotOutput;
  empty?: unknown;
  finish?: true;
  defaults: { attempts?: number; softLimitSec?: number; hardLimitSec?: number };
  memoryMb: number | undefined;
  /** Chunks at once in one thread; undefined: a thread each. */
  concurrency: number | undefined;
  /** It runs only in a process of the sandbox. */
  sandboxed?: true;
  /** Address of the module that exports it. */
  module: string;
}

/** What becomes of what chunks return, where it is not merged in any order. */
export type SlotOutput = 'ordered' | 'lines';

/** The part of a job's input that the chunks of a lease are cut from. */
export interface SlotInput {
  /** `record`: one piece, the records of the chunks as NDJSON. `part`: a piece for each chunk. */
  by: 'record' | 'part';
  pieces: readonly Uint8Array<ArrayBuffer>[];
  /** Records of a chunk; absent: 1. */
  batch?: number;
  /** Each record is a row of CSV: an object of texts. */
  areRows?: true;
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
      output?: SlotOutput;
      input?: SlotInput;
      /** `traceparent` of the run, where it is traced. */
      trace?: string;
    }
  /** A partial that is bytes is JSON text. `last`: what comes out goes through `finish`. */
  | { op: 'merge'; partials: readonly unknown[]; last?: true };

export type ThreadCommand =
  | { do: 'run'; run: number; kind: string; params: unknown; task: SlotTask; softLimitSec: number }
  /** Fires the abort event; task code that never yields sees the cell instead. */
  | { do: 'cancel'; run: number }
  /** The same for the present chunk alone. */
  | { do: 'overdue'; run: number }
  /** Answers an ask for a turn; without a time nothing waits for it any more. `more`: turns for calls of this thread that follow. */
  | { do: 'paced'; run: number; id: number; dueAtMs?: number; more?: Turns }
  /** Answers a piece of a file. */
  | { do: 'filed'; run: number; id: number; error?: KernelError };

/** Of a file that task code leaves, in order; all but the last are as long as a stored part. */
export interface FilePiece {
  /** Of the file. */
  id: number;
  run: number;
  /** Chunks of the run that were over. */
  done: number;
  chunk: number;
  name: string;
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
  last: boolean;
}

/** Asks for a turn under a rate. */
export interface PaceAsk {
  id: number;
  run: number;
  /** Chunks of the run that were over. */
  done: number;
  name: string;
  perSec: number;
  /** It had its turn, but too late. */
  again: boolean;
  /** Nothing waits for it: turns for calls that follow, if there are any. */
  ahead?: true;
  /** It waits no more: it has a turn that the thread was given ahead. */
  over?: true;
}

/** Mirrors `WireError`, which is not imported: a thread loads nothing but kinds. */
export interface KernelError {
  code:
    | 'compute_failed'
    | 'compute_refused'
    | 'params_refused'
    | 'input_lost'
    | 'too_large'
    | 'unknown_kind'
    | 'time_limit'
    | 'worker_lost';
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

export type RunOutcome = ({ is: 'computed' } & RunLeft) | { is: 'failed'; error: KernelError } | { is: 'cancelled' };

/** A stretch of chunks without a gap, and the bytes of their lines. */
export type LineSegment = [begin: number, end: number, bytes: number];

/** A request that task code of a traced run sent to another machine. */
export interface OutsideCall {
  spanId: string;
  method: string;
  host: string;
  /** Milliseconds since 1970. */
  startMs: number;
  endMs: number;
  status?: number;
  error?: string;
}

/** What a run leaves: a partial, lines, or nothing when every chunk failed. */
export interface RunLeft {
  /** A partial as JSON text. */
  partial?: string;
  /** Lines: NDJSON, each line ended. */
  text?: string;
  /** What is too large for a message: the partial as JSON, or the lines. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** Of lines. */
  segments?: LineSegment[];
  failed: ChunkFailure[];
  /** The first chunk that was not computed. */
  leftFrom?: number;
  computeMs: number;
  /** Of it, in waits for turns under rates, and in `merge`; absent: hardly any. */
  pacedMs?: number;
  mergeMs?: number;
  /** Of a traced run. */
  calls?: OutsideCall[];
}

export type ThreadReport =
  | { is: 'ready'; kinds: KindCard[] }
  | { is: 'broken'; message: string }
  /** `run`: whose code wrote it, which may be one that is over; absent outside every run. */
  | { is: 'logged'; line: LogLine; run?: number }
  | { is: 'pacing'; ask: PaceAsk }
  | { is: 'filing'; piece: FilePiece }
  /** `changed`: of what JavaScript comes with, by task code; the thread is good for no further run. */
  | { is: 'over'; run: number; outcome: RunOutcome; changed?: string };

/** Opens a seat in a shared thread; it exchanges messages with its slot over a port of its own. */
export interface SeatOpening {
  seat: number;
  port: MessagePort;
  cells: SharedArrayBuffer;
}

export type SharedThreadReport =
  | { is: 'broken'; message: string }
  /** Outside every run. */
  | { is: 'logged'; line: LogLine }
  /** Nothing of the seat reaches its slot any more. */
  | { is: 'left'; seat: number }
  /** Task code computed for so long at a stretch that all seats waited. */
  | { is: 'blocked'; forMs: number };
