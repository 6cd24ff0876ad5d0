/** What is done and seen in a containment run, one JSON object a line; the promises read nothing else. Pure. */
import { createHash } from 'node:crypto';
import type { JobStatus } from '@manyhands/proto';
import type { Size, WayName } from './ways.ts';

/** One partition at one look: only those with messages that wait or are not acknowledged. */
export interface Waiting {
  partition: string;
  waiting: number;
  unacknowledged: number;
  delivered: number;
  floor: number;
}

export interface End {
  status: JobStatus;
  /** The answer as text, or its digest where it is long; see `digestOf`. */
  answer: string;
  detail: string | null;
  error: string | null;
  completed: number;
  failed: number;
  total: number;
  round: number;
}

export type Happening =
  /** How long a job takes when nothing else runs. */
  | { what: 'alone'; size: Size; tookMs: number }
  /** Accepted with 202: from here on it is a promise. `sinceMs`: when it was first asked for. */
  | { what: 'submitted'; job: string; sinceMs: number; size?: Size; way?: WayName; answer?: string; faulty: number }
  | { what: 'refused'; status: number; why: string }
  | ({ what: 'ended'; job: string } & End)
  /** A job that had ended runs again. */
  | { what: 'reopened'; job: string; status: JobStatus }
  /** Somebody did something to a job, with what was answered. */
  | { what: 'meddled'; job: string; how: string; answer?: number }
  /** A coordinator went, or came back: partitions move. */
  | { what: 'moved'; coordinator: string; how: 'killed' | 'left' | 'frozen' | 'asleep' | 'back' }
  | { what: 'died'; process: string; how: string }
  | { what: 'looked'; ready: boolean; partitions: readonly Waiting[] }
  | { what: 'turn'; process: string; ms: number }
  | { what: 'memory'; process: string; pid: number; mb: number }
  | { what: 'slow-consumer'; line: string }
  /** Jobs a coordinator's watchdog has rebuilt since it started. */
  | { what: 'rebuilt'; coordinator: string; count: number };

export type Seen = Happening & { atMs: number };

const digestBeyond = 200;

/** The text itself while it is short: a run with a hundred results of 500 kB is to be kept and read. */
export function digestOf(text: string): string {
  return text.length <= digestBeyond
    ? text
    : `${text.length} characters, sha256 ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}
