/**
 * Who can be asked to run jobs of chunks that do nothing: this system, and what a user would pick instead.
 *
 * Invariant: the times are the client's own, from before it hands a job in until it holds the number of chunks counted, and a wrong number
 * is an error.
 */
export interface Jobs {
  /** Chunks of each job. */
  chunks: number;
  jobs: number;
  /** All handed in together; otherwise each after the one before has ended. */
  atOnce: boolean;
  /** Milliseconds each chunk waits; 0 unless given. A hundred wait at once, fifty in each of two workers. */
  waitMs?: number;
}

export interface JobTimes {
  totalMs: number;
  jobMs: readonly number[];
}

/** A list of items that a function returns as they are, and what it returned, in order. */
export interface List {
  items: number;
  /** Of each item, and of each line. */
  bytes: number;
}

/** From before the first item is handed in until the client holds the last line, all of them in order. */
export interface ListTime {
  totalMs: number;
}

/**
 * What a promise of the store is worth. `always`: on disk before it is acknowledged (nats-server `sync_interval: always`, PostgreSQL's default).
 * `1s`: on disk within a second (nats-server `sync_interval: 1s`, Redis `appendfsync everysec`). The two are never compared.
 */
export type Durability = 'always' | '1s';

/** This system's names in a run: as it is, and in two settings that show something. */
export const OURS = 'Manyhands';
export const OURS_ONE_CHUNK = 'Manyhands, one chunk a lease';
export const OURS_ONE_SLOT = 'Manyhands, one slot';
export const OURS_ONE_THREAD = 'Manyhands, one shared thread';

export interface Contender {
  readonly name: string;
  run(jobs: Jobs): Promise<JobTimes>;
  /** Absent where there is no way to what each item returned. */
  list?(list: List): Promise<ListTime>;
  stop(): Promise<void>;
}
