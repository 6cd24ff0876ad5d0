/**
 * What simulated workers return, and what is to come out of it: each run of a chunk returns bytes of its own, as a model or a clock does, so what is mixed of two runs shows.
 *
 * A line, or an element of a partial, is `{chunk, run}`. Some of what a lease leaves is stored as an object, under the name of its run.
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

export class SimulatedOutput {
  readonly #objects = new Map<string, string>();
  readonly #output: JobOutput | undefined;
  readonly #isStored: () => boolean;
  /** Which chunk each run was of. */
  readonly #runs: number[] = [];

  /** `isStored`: whether what a run leaves is stored, asked for each. */
  constructor(output: JobOutput | undefined, isStored: () => boolean) {
    this.#output = output;
    this.#isStored = isStored;
  }

  /** What a lease leaves of these chunks, computed in order. */
  computed(chunks: readonly number[]): Left {
    const ran = chunks.map((chunk): Ran => ({ chunk, run: this.#runs.push(chunk) - 1 }));
    if (this.#output !== 'lines') return this.#partial(ran);
    const segments: [number, number, number][] = [];
    for (const one of ran) {
      const last = segments.at(-1);
      const bytes = lineOf(one).length;
      if (last?.[1] === one.chunk) segments[segments.length - 1] = [last[0], one.chunk + 1, last[2] + bytes];
      else segments.push([one.chunk, one.chunk + 1, bytes]);
    }
    return { ...this.#lines(ran.map(lineOf).join('')), segments };
  }

  merged({ task }: ComputeLease): Left {
    if (task.op !== 'merge') throw new Error('Invariant: only merges are merged');
    if (this.#output === 'lines') return this.#lines(task.inputs.map((input) => this.#textOf(input)).join(''));
    const all = task.inputs.flatMap((input) => JSON.parse(this.#textOf(input)) as Ran[]);
    if (!Array.isArray(all) || all.some(({ chunk }) => typeof chunk !== 'number')) throw new Error('what is finished is merged');
    return this.#partial(task.last ? { finished: all } : all);
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
    const object = this.#objects.get(stored.name);
    const found = object?.slice(stored.from, stored.from + stored.bytes);
    if (found?.length !== stored.bytes) throw new Error(`${stored.name} is not stored`);
    return found;
  }

  #partial(value: unknown): Left {
    const text = JSON.stringify(value);
    return this.#isStored() ? { stored: this.#store(text) } : { partial: new JsonText(text) };
  }

  #lines(text: string): Left {
    return this.#isStored() ? { stored: this.#store(text) } : { text };
  }

  #store(text: string): StoredRef {
    const name = `o-${this.#objects.size}`;
    this.#objects.set(name, text);
    return { name, from: 0, bytes: text.length };
  }
}

function lineOf(ran: Ran): string {
  return `${JSON.stringify(ran)}\n`;
}
