/**
 * A small job that a visitor starts without an account.
 *
 *   idle ──start──▶ sending ──taken──▶ running ──over──▶ over          any ──refused, no answer──▶ problem
 */
import type { JobView } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';
import { ApiProblem } from '@manyhands/sdk';
import { visitor } from '../account/visitor.ts';
import { sentenceOf } from '../api-problem.ts';
import { isFinal } from '../jobs/status.ts';

/** What the API takes of a visitor. */
export const demoLimits = { nMost: limits.demoNMax, chunksMost: limits.demoChunksMax };

/** Milliseconds between two questions: few at first, because it is over soon. */
const askMs = { first: 100, most: 2_000 };

export class DemoRun {
  step = $state<'idle' | 'sending' | 'running' | 'over'>('idle');
  view = $state.raw<JobView | null>(null);
  /** Up to which number the one at hand adds; the form may say another by now. */
  n = $state(0);
  problem = $state<string | null>(null);
  /** When the next one is taken (epoch ms), after too many. */
  againAt = $state<number | null>(null);

  #stopped = false;

  stop(): void {
    this.#stopped = true;
  }

  async start(n: number, chunks: number): Promise<void> {
    if (this.step === 'sending' || this.step === 'running') return;
    this.step = 'sending';
    this.problem = null;
    this.againAt = null;
    this.view = null;
    this.n = n;
    try {
      const { job_id: id } = await visitor.submitDemo({ n, chunks });
      this.step = 'running';
      await this.#follow(id);
      this.step = 'over';
    } catch (error) {
      this.problem = sentenceOf(error);
      if (error instanceof ApiProblem && error.status === 429 && error.retryAfterSec !== undefined)
        this.againAt = Date.now() + error.retryAfterSec * 1_000;
      this.step = 'idle';
    }
  }

  async #follow(id: string): Promise<void> {
    for (let waitMs = askMs.first; !this.#stopped; waitMs = Math.min(2 * waitMs, askMs.most)) {
      this.view = await visitor.getDemo(id);
      if (isFinal(this.view.status)) return;
      await new Promise((done) => setTimeout(done, waitMs));
    }
  }
}
