/**
 * What `context.file` does in the thread: it cuts the content into parts, and sends each to the worker when it has taken the one before.
 *
 * Invariant: no more than a part is on its way, however large the file; it resolves when all of it is stored.
 */
import { KernelFault } from './kernel-error.ts';
import type { FilePiece, KernelError } from './slot-messages.ts';
import type { FileRef } from '../context.ts';

/** As `limits`. */
export const FILE = { partBytes: 512 * 1024, nameCharsMax: 80 } as const;
/** Files of one run that are written at once. */
export const FILES_AT_ONCE = 100;

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const TYPE = /^[a-z0-9!#$&^_.+-]{1,63}\/[a-z0-9!#$&^_.+-]{1,63}$/i;

type FileContent = Uint8Array | string | AsyncIterable<Uint8Array>;

export interface FileRequest {
  run: number;
  /** Chunks of the run that are over. */
  done: number;
  chunk: number;
  name: string;
  content: FileContent;
  type: string;
  signal: AbortSignal;
}

export class Filing {
  readonly #send: (piece: FilePiece) => void;
  readonly #waiting = new Map<number, (error: KernelError | undefined) => void>();
  #lastId = 0;
  #open = 0;

  constructor(send: (piece: FilePiece) => void) {
    this.#send = send;
  }

  /** Throws an error of the task code for what can be no file, and what kept it from being stored. */
  async file({ content, signal, ...about }: FileRequest): Promise<FileRef> {
    checkFile(about);
    if (this.#open >= FILES_AT_ONCE) throw refused(`more than ${FILES_AT_ONCE} are written at once: await each of them`);
    const id = (this.#lastId += 1);
    let bytes = 0;
    this.#open += 1;
    try {
      let next: Uint8Array<ArrayBuffer> | undefined;
      for await (const part of partsOf(piecesOf(content))) {
        if (next) await this.#give({ ...about, id, bytes: next, last: false }, signal);
        next = part;
        bytes += part.length;
      }
      await this.#give({ ...about, id, bytes: next ?? new Uint8Array(), last: true }, signal);
      return { file: `${about.chunk}-${about.name}`, bytes, type: about.type };
    } finally {
      this.#open -= 1;
    }
  }

  /** The worker has taken a piece of this file, or an error. */
  filed(id: number, error: KernelError | undefined): void {
    this.#waiting.get(id)?.(error);
  }

  async #give(piece: FilePiece, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const aborted = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    this.#waiting.set(piece.id, (error) => (error ? reject(new KernelFault(error)) : resolve()));
    try {
      this.#send(piece);
      await promise;
    } finally {
      signal.removeEventListener('abort', aborted);
      this.#waiting.delete(piece.id);
    }
  }
}

/** Throws an error of the task code. */
function checkFile({ name, type }: { name: unknown; type: unknown }): void {
  const { nameCharsMax } = FILE;
  if (typeof name !== 'string' || name.length > nameCharsMax || !NAME.test(name))
    throw refused(`the name must be 1 to ${nameCharsMax} letters, digits, - and _, with single dots between them: small.webp`);
  if (typeof type !== 'string' || !TYPE.test(type)) throw refused('the type must be a media type: image/webp');
}

async function* piecesOf(content: unknown): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield new TextEncoder().encode(content);
  else if (content instanceof Uint8Array) yield content;
  else if (typeof content === 'object' && content !== null && Symbol.asyncIterator in content)
    for await (const piece of content as AsyncIterable<unknown>) {
      if (!(piece instanceof Uint8Array)) throw refused('a stream must give pieces of bytes (Uint8Array)');
      yield piece;
    }
  else throw refused('the content must be bytes (Uint8Array), a text, or a stream of bytes');
}

/** Each of its own memory, which leaves the thread. */
async function* partsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let part = new Uint8Array(FILE.partBytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let from = 0; from < piece.length;) {
      const taken = Math.min(piece.length - from, FILE.partBytes - filled);
      part.set(piece.subarray(from, from + taken), filled);
      filled += taken;
      from += taken;
      if (filled < FILE.partBytes) continue;
      yield part;
      part = new Uint8Array(FILE.partBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield part.slice(0, filled);
}

function refused(what: string): KernelFault {
  return new KernelFault({ code: 'compute_refused', message: `file: ${what}`, retryable: false });
}
