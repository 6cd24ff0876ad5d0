/**
 * A job, as who has a link to it reads it, without an account.
 *
 *   asking ──answered, it can change──▶ waiting ──two seconds later, and the page is seen──▶ asking
 *      ├──answered, it is over──▶ over          └──hidden──▶ waiting until it is seen
 *      ├──404──▶ gone
 *      └──no answer──▶ waiting, longer each time
 */
import { ApiProblem, type SharedJob } from '@manyhands/sdk';
import { visitor } from '../account/visitor.ts';
import { sentenceOf } from '../api-problem.ts';
import { isFinal } from '../jobs/status.ts';
import { nextAskMs, type Answered } from './next-ask.ts';

/** Milliseconds to wait for an answer: a gateway that is frozen gives none. */
const patienceMs = 10_000;

export class SharedJobReading {
  job = $state.raw<SharedJob | null>(null);
  /** Whether the link is not good, for whatever reason. */
  gone = $state(false);
  /** Why there was no answer to the last question; null: there was one. */
  problem = $state<string | null>(null);

  readonly #left = new AbortController();
  #tries = 0;
  /** `wait`: a timer runs. `due`: it has run out while the page was hidden. */
  #step: 'asking' | 'wait' | 'due' | 'ended' = 'due';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly token: string) {}

  /** Asks now, and again as long as there is something to learn. Returns how to stop. */
  start(): () => void {
    document.addEventListener('visibilitychange', this.#go);
    void this.#ask();
    return () => {
      document.removeEventListener('visibilitychange', this.#go);
      clearTimeout(this.#timer);
      this.#step = 'ended';
      this.#left.abort();
    };
  }

  readonly #go = (): void => {
    if (this.#step === 'due' && !document.hidden) void this.#ask();
  };

  async #ask(): Promise<void> {
    this.#step = 'asking';
    const answered = await this.#answer();
    if (this.#left.signal.aborted) return;
    const waitMs = nextAskMs(answered, Math.random());
    this.#step = waitMs === null ? 'ended' : 'wait';
    if (waitMs === null) return;
    this.#timer = setTimeout(() => {
      this.#step = 'due';
      this.#go();
    }, waitMs);
  }

  async #answer(): Promise<Answered> {
    try {
      const signal = AbortSignal.any([this.#left.signal, AbortSignal.timeout(patienceMs)]);
      this.job = await visitor.getShared(this.token, { signal });
      this.problem = null;
      this.#tries = 0;
      return { is: isFinal(this.job.status) ? 'over' : 'open' };
    } catch (error) {
      const problem = error instanceof ApiProblem ? error : new ApiProblem(0, '', { fromApi: false });
      this.gone = problem.status === 404;
      if (this.gone) this.job = null;
      this.problem = this.gone ? null : sentenceOf(problem);
      this.#tries += 1;
      return this.gone ? { is: 'gone' } : { is: 'problem', tries: this.#tries, retryAfterSec: problem.retryAfterSec };
    }
  }
}
