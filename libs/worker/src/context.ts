/** What the task code is given beside its input. The object is reused from chunk to chunk: take out of it what you need, and do not keep it. */
export interface Context<Params = unknown> {
  readonly params: Params;
  /**
   * Aborts when the job is cancelled or paused, and when this chunk has run for its soft time limit; `signal.aborted` also turns true in
   * the middle of synchronous task code. Task code that does not stop is ended with its thread.
   */
  readonly signal: AbortSignal;
  /** This chunk, `0 <= index < total`. */
  readonly index: number;
  readonly total: number;
  /** Which run of this chunk it is, from 1. */
  readonly attempt: number;
  readonly jobId: string;
  /** A line in the log of the job, and in the worker's: 2,000 characters at most, and 200 lines a second; the number of dropped lines is logged. */
  log(message: string, fields?: object): void;
  /** How much of this chunk is done, 0 to 1: moves the job's bar inside a long chunk. */
  progress(share: number): void;
  /** A variable of the worker's environment. It is replaced by `***` in logs and errors. Throws when it is not set. */
  secret(name: string): string;
  /**
   * Waits for the turn of the next call under `key`, such as the name of a host: all workers together make `perSec` calls a second, evenly spread. The wait
   * counts against no time limit, and ends with an error when `signal` aborts.
   */
  pace(key: string, rate: { perSec: number }): Promise<void>;
  /**
   * Leaves a file beside the result of this chunk: at most 256 MiB, and 10,000 of a job. Resolves when it is stored, so await it. Return what it resolves with, and the
   * result names the file. Where the chunk runs again, a file of the same name takes its place. The wait for the store counts against no time limit.
   */
  file(name: string, content: Uint8Array | string | AsyncIterable<Uint8Array>, type?: string): Promise<FileRef>;
}

/** A file that task code left: `GET /v1/jobs/<job>/files/<file>`. */
export type FileRef = { file: string; bytes: number; type: string };
