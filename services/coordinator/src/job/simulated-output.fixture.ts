/**
 * What simulated workers return, and what is to come out of it: each run of a chunk returns bytes of its own, as a model or a clock does, so what is mixed of two runs shows.
 *
 * A line, or an element of a partial, is `{chunk, run}`. Some of what a lease leaves is stored as an object, in parts that are written once, under the name of its run; a run
 * may die between two of them.
 */
import {
  JsonText,
  type ComputeLease,
  type JobOutput,
  type LeaseComputed,
  type MergeInput,
  type StoredRef,
} from '@manyhands/proto';
import type { JobState } from './state.ts';

export interface Ran {
  chunk: number;
  run: number;
}

type Left = Pick<LeaseComputed, 'partial' | 'stored' | 'text' | 'segments'>;

/** What a worker may do wrong. */
export type WorkerBug = 'no nonce' | 'result before parts';

/** Of a part. */
const PART_LENGTH = 24;

export class SimulatedOutput {
  /** The run at hand dies while it stores. */
  dies = false;
  readonly #parts = new Map<string, string>();
  #runsStored = 0;
  readonly #bug: () => WorkerBug | undefined;
  readonly #output: JobOutput | undefined;
  readonly #isStored: () => boolean;
  /** Which chunk each run was of. */
  readonly #runs: number[] = [];

  /** `isStored`: whether what a run leaves is stored, asked for each. */
  constructor(output: JobOutput | undefined, isStored: () => boolean, bug: () => WorkerBug | undefined) {
    this.#bug = bug;
    this.#output = output;
    this.#isStored = isStored;
  }

  /** What a lease leaves of these chunks, computed in order. */
  computed(lease: string, chunks: readonly number[]): Left {
    const ran = chunks.map((chunk): Ran => ({ chunk, run: this.#runs.push(chunk) - 1 }));
    if (this.#output !== 'lines') return this.#partial(lease, ran);
    const segments: [number, number, number][] = [];
    for (const one of ran) {
      const last = segments.at(-1);
      const bytes = lineOf(one).length;
      if (last?.[1] === one.chunk) segments[segments.length - 1] = [last[0], one.chunk + 1, last[2] + bytes];
      else segments.push([one.chunk, one.chunk + 1, bytes]);
    }
    return { ...this.#lines(lease, ran.map(lineOf).join('')), segments };
  }

  merged({ lease, task }: ComputeLease): Left {
    if (task.op !== 'merge') throw new Error('Invariant: only merges are merged');
    if (this.#output === 'lines') return this.#lines(lease, task.inputs.map((input) => this.#textOf(input)).join(''));
    const all = task.inputs.flatMap((input) => JSON.parse(this.#textOf(input)) as Ran[]);
    if (!Array.isArray(all) || all.some(({ chunk }) => typeof chunk !== 'number')) throw new Error('what is finished is merged');
    return this.#partial(lease, task.last ? { finished: all } : all);
  }

  /** What is in the answer, or in the lines, in its order. Throws where a line is of no run. */
  ranIn(job: Pick<JobState, 'submit' | 'partials'>, answer: { result: unknown; stored?: StoredRef | undefined }): Ran[] {
    const ran =
      this.#output === 'lines'
        ? job.partials.flatMap((held) =>
            this.#textOf(held)
              .split('\n')
              .slice(0, -1)
              .map((line) => JSON.parse(line) as Ran),
          )
        : (JSON.parse(this.#textOf({ ...answer, partial: answer.result })) as Ran[] | { finished: Ran[] });
    const list = Array.isArray(ran) ? ran : ran.finished;
    if (Array.isArray(ran) === (job.submit.finish === true)) throw new Error('finish was not run, or twice');
    for (const { chunk, run } of list) if (this.#runs[run] !== chunk) throw new Error(`run ${run} was not of chunk ${chunk}`);
    return list;
  }

  #textOf({ partial, text, stored }: Omit<MergeInput, 'id'>): string {
    if (stored === undefined) return text ?? (partial instanceof JsonText ? partial.text : String(partial));
    let object = '';
    for (let part = 0; this.#parts.has(`${stored.name}.${part}`); part += 1) object += this.#parts.get(`${stored.name}.${part}`)!;
    const found = object.slice(stored.from, stored.from + stored.bytes);
    if (found.length !== stored.bytes) throw new Error(`${stored.name} is not stored`);
    return found;
  }

  #partial(lease: string, value: unknown): Left {
    const text = JSON.stringify(value);
    return this.#isStored() ? { stored: this.#store(lease, text) } : { partial: new JsonText(text) };
  }

  #lines(lease: string, text: string): Left {
    return this.#isStored() ? { stored: this.#store(lease, text) } : { text };
  }

  #store(lease: string, text: string): StoredRef {
    const name = this.#bug() === 'no nonce' ? `o-${lease}` : `o-${lease}-${(this.#runsStored += 1)}`;
    const parts = Math.ceil(text.length / PART_LENGTH);
    const stored = this.dies ? Math.floor(parts / 2) : parts;
    for (let part = 0; part < stored; part += 1) {
      const key = `${name}.${part}`;
      if (!this.#parts.has(key)) this.#parts.set(key, text.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH));
    }
    if (this.dies && this.#bug() !== 'result before parts') throw new WorkerDied();
    return { name, from: 0, bytes: text.length };
  }
}

export class WorkerDied extends Error {}

function lineOf(ran: Ran): string {
  return `${JSON.stringify(ran)}\n`;
}
