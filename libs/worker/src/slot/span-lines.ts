/**
 * Gathers the lines that the chunks of a span leave: NDJSON, one line a chunk, or one for each item of a batch.
 *
 * Invariant: each gapless stretch of chunks that left lines is one segment, and the bytes of the segments follow each other in the text.
 */
import { examineJson, type JsonBounds } from './json-value.ts';
import { flawFault, KernelFault } from './kernel-error.ts';
import type { LineSegment } from './slot-messages.ts';

const LINE_END = 0x0a;

export interface LineBounds {
  /** Of one line. */
  bytesMax: number;
  depthMax: number;
  /** A span with so many bytes of lines ends early. */
  spanBytesMax: number;
}

export class SpanLines {
  readonly segments: LineSegment[] = [];
  readonly #bounds: LineBounds;
  /** Without their ends. */
  readonly #texts: string[] = [];
  #bytes = 0;

  constructor(bounds: LineBounds) {
    this.#bounds = bounds;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#bounds.spanBytesMax;
  }

  /** NDJSON, each line ended. */
  get text(): string {
    return this.#texts.map((text) => `${text}\n`).join('');
  }

  /** The text as bytes of their own: written line by line, which is a third quicker than as one text. */
  get encoded(): Uint8Array<ArrayBuffer> {
    const encoded = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const text of this.#texts) {
      at += encoded.write(text, at);
      encoded[at++] = LINE_END;
    }
    return encoded;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `count`: how many lines the chunk must leave, as an array of values; undefined: one, which is the value. Throws when the chunk is to blame, and takes nothing then. */
  add(chunk: number, value: unknown, count: number | undefined): void {
    const texts = count === undefined ? [lineOf(value, this.#bounds)] : linesOf(value, count, this.#bounds);
    let bytes = texts.length;
    for (const text of texts) bytes += Buffer.byteLength(text);
    const last = this.segments.at(-1);
    if (last?.[1] === chunk) {
      last[1] += 1;
      last[2] += bytes;
    } else this.segments.push([chunk, chunk + 1, bytes]);
    for (const text of texts) this.#texts.push(text);
    this.#bytes += bytes;
  }
}

function linesOf(values: unknown, count: number, bounds: LineBounds): string[] {
  if (!Array.isArray(values) || values.length !== count)
    throw new KernelFault({
      code: 'compute_refused',
      message: `compute must return an array with a value for each of the ${count} items of its batch${Array.isArray(values) ? `; this one has ${values.length}` : ''}`,
      retryable: false,
    });
  return values.map((value) => lineOf(value, bounds));
}

function lineOf(value: unknown, bounds: LineBounds): string {
  if (value === undefined)
    throw new KernelFault({
      code: 'compute_refused',
      message: 'compute returned nothing; return a JSON value, null for nothing',
      retryable: false,
    });
  const examined = examineJson(value, bounds as JsonBounds);
  if (typeof examined !== 'number') throw flawFault('compute', examined);
  const text = JSON.stringify(value);
  // Bytes are at most three times the letters: few lines have to be counted.
  if (text.length * 3 > bounds.bytesMax && Buffer.byteLength(text) > bounds.bytesMax)
    throw new KernelFault({
      code: 'too_large',
      message: `what compute returned has ${Buffer.byteLength(text)} bytes as JSON; a line may have at most ${bounds.bytesMax}`,
      retryable: false,
    });
  return text;
}
