/**
 * What `compute` gets of the input of a job: for each chunk a record, a batch of records, the records of a part, or its bytes.
 *
 * Records are read one by one as their chunks come, so that a lease of many chunks never holds all of them as values.
 */
import type { Task } from '../task.ts';
import { KernelFault } from './kernel-error.ts';
import type { SlotInput } from './slot-messages.ts';
import { recordReader } from './task-schemas.ts';

const LINE_BREAK = 0x0a;

export class ChunkInputs {
  readonly #form: NonNullable<Task['input']>;
  readonly #input: SlotInput;
  /** Where the next record begins in the only piece; only of `record`. */
  #at = 0;
  readonly #first: number;

  /** `first`: the chunk that the input begins with. */
  constructor(form: NonNullable<Task['input']>, input: SlotInput, first: number) {
    this.#form = form;
    this.#input = input;
    this.#first = first;
  }

  /** To be asked for each chunk once, in order. Throws `KernelFault` when a record of the chunk does not fit the schema, which no retry changes. */
  of(chunk: number): unknown {
    const { by, pieces, batch = 1 } = this.#input;
    if (by === 'part') {
      const piece = pieces[chunk - this.#first]!;
      if (this.#form.form === 'bytes' || this.#form.form === 'table') return piece;
      return this.#read(textsOf(piece), (at) => `record ${at + 1} of part ${chunk}`);
    }
    const texts: string[] = [];
    while (texts.length < batch && this.#at < pieces[0]!.length) texts.push(this.#next(pieces[0]!));
    if (texts.length === 0)
      throw new KernelFault({ code: 'input_lost', message: `chunk ${chunk} has no records`, retryable: false });
    const records = this.#read(texts, (at) => `item ${chunk * batch + at}`);
    return this.#form.batch === undefined ? records[0] : records;
  }

  #next(piece: Uint8Array): string {
    const begin = this.#at;
    const found = piece.indexOf(LINE_BREAK, begin);
    const end = found === -1 ? piece.length : found;
    this.#at = end + 1;
    return textOf(piece, begin, end);
  }

  #read(texts: readonly string[], nameOf: (at: number) => string): unknown[] {
    const { schema, form } = this.#form;
    const readOne = schema && recordReader(schema, form === 'csv' || this.#input.areRows === true);
    return texts.map((text, at) => {
      const sent: unknown = JSON.parse(text);
      if (readOne === undefined) return sent;
      const result = readOne(sent);
      if (result.is === 'read') return result.record;
      throw new KernelFault({
        code: 'compute_refused',
        message: `${nameOf(at)} does not fit its schema: ${result.why}`,
        retryable: false,
      });
    });
  }
}

/** Why what a job has sent cannot be what the kind takes; undefined when it can. */
export function misfitOf({ name, input: form }: Pick<Task, 'name' | 'input'>, input: SlotInput | undefined): string | undefined {
  if (form === undefined) return input === undefined ? undefined : `the kind ${name} takes no input, and the job has one`;
  if (input === undefined) return `the kind ${name} computes an input, and the job has none: upload one, or send items`;
  const by = form.form === 'items' ? 'record' : 'part';
  if (input.by !== by || (form.batch === undefined && (input.batch ?? 1) > 1))
    return `the chunks of the job are cut in another way than the kind ${name} takes them: its definition has changed, submit the job again`;
  return undefined;
}

/** Of a part of NDJSON: its lines that are not empty. */
function textsOf(piece: Uint8Array): string[] {
  return textOf(piece, 0, piece.length)
    .split('\n')
    .filter((text) => text !== '');
}

function textOf({ buffer, byteOffset }: Uint8Array, begin: number, end: number): string {
  return Buffer.from(buffer, byteOffset + begin, end - begin).toString();
}
