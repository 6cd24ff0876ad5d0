/**
 * Everything that was done and seen in a chaos run, in order, one JSON object a line. The checks read nothing else, so a run can be judged
 * again from its file.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import type { JobStatus, LeaseSubject } from '@manyhands/proto';
import type { Fault } from './plan.ts';

/** What one look at a job showed. */
export interface Sight {
  job: string;
  status: JobStatus;
  progress: number;
  completed: number;
  failed: number;
  total: number;
}

interface JobEnd extends Sight {
  result: unknown;
  done: readonly (readonly [number, number])[];
  workers: Readonly<Record<string, number>>;
  duplicates: number;
  retries: number;
}

export type Happening =
  /** Accepted by a gateway (2xx) or stored by the broker: from here on it is a promise. */
  | { what: 'submitted'; job: string; through: string; kind: string; chunks: number; expected: unknown; afterMs: number }
  /** Not accepted: it may or may not be stored. */
  | { what: 'refused'; through: string; why: string }
  /** The same submit published again (the broker's outcome), or posted again under its key (`same`, or what else was answered). */
  | { what: 'repeated'; job: string; outcome: string }
  | { what: 'cancelled'; job: string }
  | { what: 'fault'; fault: Fault; hit: string }
  | { what: 'fault-over'; kind: Fault['kind']; hit: string }
  | { what: 'died'; process: string; how: string }
  /** A process was started so that it dies at a crash point; and it did. */
  | { what: 'armed'; process: string; point: string }
  | { what: 'crashed'; process: string; point: string }
  /** A process was asked to drain (SIGTERM), and how long it took to end. */
  | { what: 'replaced'; process: string; tookMs: number; how: string }
  /** Leases the broker counted as handed out when their workers were frozen, and how long all jobs took to end once they were not. */
  | { what: 'storm'; inFlight: number; drainedInMs: number }
  /** `client` names one who should never see a job go back: an event stream with its resumptions, or polls of one gateway. */
  | ({ what: 'seen'; client: string; revision?: number } & Sight)
  /** A client gave up waiting for the end. */
  | { what: 'overdue'; job: string; afterMs: number }
  /** A revision of a view in bucket jobs, as a watcher of the bucket saw it. */
  | ({ what: 'revision'; revision: number } & Sight)
  // Read from the broker at rest:
  | { what: 'stored-submit'; job: string }
  | StoredResult
  | ({ what: 'ended'; revision: number } & JobEnd)
  | { what: 'told'; job: string; status: JobStatus; result: unknown; completed: number }
  | { what: 'row'; job: string; status: string; result: unknown; completed: number }
  | { what: 'rest'; rest: Rest }
  | { what: 'replica'; server: string; stream: string; messages: number; first: number; last: number; hash: string };

interface StoredResult {
  what: 'stored-result';
  job: string;
  lease: string;
  about: LeaseSubject;
  type: string;
  delivery: number;
  worker: string;
  /** Chunks of the lease that it did not compute; absent: none. */
  left?: number;
}

/** What should be nothing when there is nothing to do. */
export interface Rest {
  workMessages: number;
  leasesWaiting: number;
  leasesInFlight: number;
  mailboxWaiting: number;
  /** Beyond those expected. */
  deadLetters: number;
  snapshots: number;
  /** Consumers that are not part of the system. */
  orphanConsumers: readonly string[];
  busySlots: number;
  workers: number;
  workersExpected: number;
}

/** `atMs` counts from the start of the run. */
export type Entry = Happening & { atMs: number };

export class History<What extends { what: string } = Happening> {
  readonly entries: (What & { atMs: number })[] = [];
  readonly file: string;
  readonly #out: WriteStream;
  readonly #startedAt = performance.now();

  constructor(file: string) {
    this.file = file;
    this.#out = createWriteStream(file);
  }

  get nowMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  add(happening: What): void {
    const entry = { atMs: this.nowMs, ...happening };
    this.entries.push(entry);
    this.#out.write(`${JSON.stringify(entry)}\n`);
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => this.#out.end(done));
  }
}

/** The entries of one kind. */
export function only<Item extends { what: string }, What extends Item['what']>(
  entries: readonly Item[],
  what: What,
): Extract<Item, { what: What }>[] {
  return entries.filter((entry): entry is Extract<Item, { what: What }> => entry.what === what);
}
