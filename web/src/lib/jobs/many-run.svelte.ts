/**
 * One action on many jobs: they are looked at first, then it is carried out, each job for itself.
 *
 *   counting ──▶ asking ──▶ running ──▶ over        running ──stopped or not answered──▶ asking (goes on where it was)
 */
import { limits } from '@manyhands/proto/limits';
import { sentenceOf } from '../api-problem.ts';

/** What single jobs refused with. */
export type RunFailures = readonly { job_id: string; detail: string }[];

interface Page {
  done: number;
  failures: RunFailures;
  next_cursor: string | null;
}

/** Of them are shown before it is carried out. */
export const sampleMost = 5;

export abstract class ManyRun {
  state = $state<'counting' | 'asking' | 'running' | 'over'>('counting');
  done = $state(0);
  failures = $state.raw<RunFailures>([]);
  problem = $state<string | null>(null);
  begun = $derived.by(() => this.done + this.failures.length > 0);

  /** Jobs that it is possible for. */
  abstract readonly able: number;

  protected stopped = false;
  #cursor: string | undefined;

  async count(): Promise<void> {
    await this.#tryTo(async () => {
      await this.look();
      this.state = 'asking';
    });
  }

  async run(): Promise<void> {
    this.state = 'running';
    const isOver = await this.#tryTo(() => this.carryOut());
    this.state = isOver === true ? 'over' : 'asking';
  }

  /** After the jobs that are being asked now. */
  stop(): void {
    this.stopped = true;
  }

  protected abstract look(): Promise<void>;

  /** Returns whether nothing is left; where it was stopped or has failed, the next one goes on. */
  protected abstract carryOut(): Promise<boolean>;

  protected async askPages(ask: (page: { limit: number; cursor: string | undefined }) => Promise<Page>): Promise<boolean> {
    while (!this.stopped) {
      const page = await ask({ limit: limits.bulkJobsMax, cursor: this.#cursor });
      this.done += page.done;
      this.failures = [...this.failures, ...page.failures];
      if (page.next_cursor === null) return true;
      this.#cursor = page.next_cursor;
    }
    return false;
  }

  async #tryTo<Outcome>(work: () => Promise<Outcome>): Promise<Outcome | undefined> {
    this.stopped = false;
    this.problem = null;
    try {
      return await work();
    } catch (error) {
      this.problem = sentenceOf(error);
      return undefined;
    }
  }
}
