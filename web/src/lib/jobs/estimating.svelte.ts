/** Asks how long the job that is typed would take, once its user rests for a moment. */
import type { KindEstimate } from '@manyhands/sdk';
import { limits } from '@manyhands/proto/limits';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import type { Params } from './params-schema.ts';

/** Milliseconds without a key. */
const restMs = 300;

export class Estimating {
  value = $state.raw<KindEstimate | null>(null);
  problem = $state<string | null>(null);
  #kind = '';

  /**
   * Returns how to stop. `chunks` is null where their number is not known. What was known stays on show until the next answer, unless it is of another kind.
   */
  follow(kind: string, params: Params, chunks: number | null): () => void {
    if (kind !== this.#kind) this.#show(null, null);
    this.#kind = kind;
    if (chunks === null || !Number.isInteger(chunks) || chunks < 1 || chunks > limits.chunkCountMax) return () => undefined;
    if (JSON.stringify(params).length > limits.estimateParamsCharsMax) {
      this.#show(null, 'The parameters are too long to be compared with those of other jobs.');
      return () => undefined;
    }
    const stopped = new AbortController();
    const resting = setTimeout(() => {
      api.estimate(kind, { params, chunks }, { signal: stopped.signal }).then(
        (value) => this.#show(value, null),
        (error: unknown) => stopped.signal.aborted || this.#show(null, sentenceOf(error)),
      );
    }, restMs);
    return () => {
      clearTimeout(resting);
      stopped.abort();
    };
  }

  #show(value: KindEstimate | null, problem: string | null): void {
    this.value = value;
    this.problem = problem;
  }
}
