/**
 * Stores the files of task code: its parts while they come from the slot, then the record that names them.
 *
 *   first piece ──▶ open ──piece──▶ open ──last piece──▶ parts acknowledged ──▶ record stored ──▶ answered
 *                   open ──its run is over, or a piece is refused──▶ its parts are removed
 *
 * Invariant: what `context.file` resolved with can be read. While the store is full, or the server away, the file waits, as long as its chunk may run.
 */
import { countFiles, findFile, newNonce, ObjectWriter, putFileRecord } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { type ComputeLease, type FileRecord, isManyhandsError, limits } from '@manyhands/proto';
import type { FilePiece, KernelError } from '../slot/slot-messages.ts';
import { pause } from '../lease/pause.ts';

/** Where one slot sends its files. */
export interface FileSink {
  /** Resolves with what is wrong; undefined: it may send the next piece, or all is stored. Never rejects. */
  put(piece: FilePiece): Promise<KernelError | undefined>;
  /** Its run is over: what is not whole is removed. */
  end(): void;
}

type Owner = Pick<ComputeLease, 'tenant' | 'job_id'>;

const AGAIN_MS_FIRST = 250;
const AGAIN_MS_MAX = 5_000;
/** How long a number of files is taken for right; the server is asked again before one is refused. */
const COUNT_MS = 10_000;
const JOBS_COUNTED_MAX = 1_000;

interface OpenFile {
  writer: ObjectWriter;
  object: string;
  bytes: number;
}

export class FileDesk {
  readonly #broker: Broker;
  readonly #leaseOf: (slot: number) => Owner | undefined;
  readonly #counts = new Map<string, { count: number; atMs: number }>();

  /** `leaseOf`: what a slot runs. */
  constructor(broker: Broker, leaseOf: (slot: number) => Owner | undefined) {
    this.#broker = broker;
    this.#leaseOf = leaseOf;
  }

  sinkOf(slot: number): FileSink {
    const open = new Map<number, OpenFile>();
    let over: AbortController | undefined;
    return {
      put: async (piece) => {
        const { signal } = (over ??= new AbortController());
        try {
          const owner = this.#leaseOf(slot);
          if (owner === undefined || signal.aborted) return OVER;
          await this.#put(owner, piece, open, signal);
          return undefined;
        } catch (error) {
          void open.get(piece.id)?.writer.abandon();
          open.delete(piece.id);
          return errorOf(error);
        }
      },
      end: () => {
        over?.abort();
        over = undefined;
        for (const { writer } of open.values()) void writer.abandon();
        open.clear();
      },
    };
  }

  async #put(owner: Owner, piece: FilePiece, open: Map<number, OpenFile>, over: AbortSignal): Promise<void> {
    const { tenant, job_id: jobId } = owner;
    const name = `${piece.chunk}-${piece.name}`;
    let file = open.get(piece.id);
    if (file === undefined) {
      await this.#mustFit(owner, name);
      const object = `f-${piece.chunk}-${newNonce()}`;
      const writer = new ObjectWriter(this.#broker, { tenant, owner: jobId, name: object }, { again: againUntil(over) });
      if (over.aborted) throw new Refused(OVER);
      open.set(piece.id, (file = { writer, object, bytes: 0 }));
    }
    file.bytes += piece.bytes.length;
    if (file.bytes > limits.fileBytesMax)
      throw new Refused({
        code: 'too_large',
        message: `file: ${piece.name} has more than ${limits.fileBytesMax / 1024 ** 2} MiB; leave several`,
        retryable: false,
      });
    if (piece.bytes.length > 0) await file.writer.put(piece.bytes);
    if (!piece.last) return;
    await file.writer.close();
    await this.#record(
      {
        v: 1,
        type: 'FileRecord',
        job_id: jobId,
        tenant,
        chunk: piece.chunk,
        name,
        media_type: piece.type,
        stored: { name: file.object, from: 0, bytes: file.bytes },
      },
      over,
    );
    open.delete(piece.id);
    const known = this.#counts.get(jobId);
    if (known) known.count += 1;
  }

  async #record(record: FileRecord, over: AbortSignal): Promise<void> {
    const again = againUntil(over);
    for (let tries = 0; ; tries += 1) {
      if (over.aborted) throw new Refused(OVER);
      try {
        return await putFileRecord(this.#broker, record);
      } catch (error) {
        if (!isManyhandsError(error, 'unavailable') || !(await again(tries))) throw error;
      }
    }
  }

  /** A file of the same name is written over. Several workers at the same moment may together leave a few more. */
  async #mustFit({ tenant, job_id: jobId }: Owner, name: string): Promise<void> {
    const known = this.#counts.get(jobId);
    if (known && performance.now() - known.atMs < COUNT_MS && known.count < limits.filesPerJobMax) return;
    const count = await countFiles(this.#broker, tenant, jobId);
    this.#counts.delete(jobId);
    this.#counts.set(jobId, { count, atMs: performance.now() });
    for (const oldest of this.#counts.keys()) if (this.#counts.size > JOBS_COUNTED_MAX) this.#counts.delete(oldest);
    if (count < limits.filesPerJobMax || (await findFile(this.#broker, tenant, jobId, name)) !== undefined) return;
    throw new Refused({
      code: 'compute_refused',
      message: `file: the job has ${limits.filesPerJobMax} files, and may have no more; put several things into one`,
      retryable: false,
    });
  }
}

class Refused extends Error {
  readonly error: KernelError;

  constructor(error: KernelError) {
    super(error.message);
    this.error = error;
  }
}

const OVER: KernelError = { code: 'compute_failed', message: 'file: the run it belongs to is over; await it', retryable: true };

function againUntil(over: AbortSignal): (tries: number) => Promise<boolean> {
  return async (tries) => {
    if (!over.aborted) await pause(Math.min(AGAIN_MS_MAX, AGAIN_MS_FIRST * 2 ** tries), over);
    return !over.aborted;
  };
}

function errorOf(error: unknown): KernelError {
  if (error instanceof Refused) return error.error;
  return { code: 'compute_failed', message: `file: ${error instanceof Error ? error.message : String(error)}`, retryable: true };
}
