/**
 * One request and what is read of its answer. By undici's `dispatch`, without a stream for each answer: a stream costs more than all else about a small one.
 *
 * Invariant: it ends once, with an answer or an error. What counts for `bytesMax` is the size after decompression, and never more than one piece beyond it is held;
 * the connection of an answer that is not read to its end is closed.
 */
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Deadline } from './deadline.ts';

export interface Received {
  status: number;
  headers: Headers;
  body: Buffer;
  /** It is longer than what was read of it. */
  isCut: boolean;
}

/** Of a header that came several times, the first. */
type Headers = Readonly<Record<string, string | undefined>>;

/** Rejects when the deadline is over, the connection fails, or the answer cannot be decompressed. */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  bytesMax: number,
  deadline: Deadline,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader(bytesMax, resolve, reject);
    deadline.whenOver((reason) => reader.end(reason));
    dispatcher.dispatch(request, reader);
  });
}

class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #bytesMax: number;
  readonly #resolve: (answer: Received) => void;
  readonly #reject: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #ended: Error | true | undefined;
  #status = 0;
  #headers: Headers = {};
  /** Made when the first piece comes: an answer to HEAD names an encoding of what it does not send. */
  #decoder: Transform | 'none' | undefined;
  readonly #pieces: Buffer[] = [];
  #length = 0;

  constructor(bytesMax: number, resolve: (answer: Received) => void, reject: (error: unknown) => void) {
    this.#bytesMax = bytesMax;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#close(reason);
    this.#reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended instanceof Error) controller.abort(this.#ended);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, raw: Record<string, string | string[] | undefined>): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = plain(raw);
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#ended !== undefined) return;
    const decoder = (this.#decoder ??= this.#decoderOf(this.#headers['content-encoding'], piece));
    if (decoder === 'none') return this.#take(piece);
    if (decoder === undefined || decoder.write(piece)) return;
    controller.pause();
    decoder.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    if (typeof this.#decoder === 'object') this.#decoder.end();
    else this.#finish(false);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.end(error);
  }

  #take(piece: Buffer): void {
    if (this.#ended !== undefined) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length > this.#bytesMax) this.#finish(true);
  }

  #finish(isCut: boolean): void {
    if (this.#ended !== undefined) return;
    this.#ended = true;
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: isCut ? all.subarray(0, this.#bytesMax) : all,
      isCut,
    });
    if (isCut) this.#close(new Error('enough of it was read'));
  }

  #close(reason: Error): void {
    if (typeof this.#decoder === 'object') this.#decoder.destroy();
    this.#controller?.abort(reason);
  }

  /** Undefined: none of ours can read it, and the exchange has ended. */
  #decoderOf(named = '', first: Buffer): Transform | 'none' | undefined {
    const encoding = named.trim().toLowerCase();
    if (encoding === '' || encoding === 'identity') return 'none';
    const made = decoderOf(encoding, first);
    if (made === undefined) this.end(new Error(`its answer is encoded as ${encoding.slice(0, 40)}, which was not asked for`));
    return made
      ?.on('data', (piece: Buffer) => this.#take(piece))
      .on('end', () => this.#finish(false))
      .on('error', (error) => this.end(error));
  }
}

function plain(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers: Record<string, string | undefined> = {};
  for (const name in raw) {
    const value = raw[name];
    headers[name] = Array.isArray(value) ? value[0] : value;
  }
  return headers;
}

/** `first`: the beginning of what is encoded. */
function decoderOf(encoding: string, first: Buffer): Transform | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  // Some servers leave out the head that `deflate` has in HTTP; it states the method, which is 8.
  if (encoding === 'deflate') return (first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw();
  return encoding === 'br' ? createBrotliDecompress() : undefined;
}
