/** One finished job with where its time went, read once for a comparison. */
import { session } from '../account/session.svelte.ts';
import { isNone, sentenceOf } from '../api-problem.ts';
import type { Run } from './comparison.ts';

export class RunReading {
  run = $state.raw<Run | null>(null);
  /** Why it cannot be shown; `again`: trying once more may help. */
  problem = $state.raw<{ sentence: string; again: boolean } | null>(null);

  readonly #stopped = new AbortController();

  constructor(
    readonly jobId: string,
    readonly tenant: string | null,
  ) {}

  async read(): Promise<void> {
    this.problem = null;
    const [client, { signal }] = [session.clientOf(this.tenant), this.#stopped];
    try {
      const kept = await client.kept(this.jobId, { signal });
      const profile = kept.timing ? await client.profile(this.jobId, { signal }) : null;
      if (!signal.aborted) this.run = { kept, profile };
    } catch (error) {
      if (signal.aborted) return;
      const none = `No finished job ${this.jobId} is kept. One that runs is compared once it has ended.`;
      this.problem = isNone(error) ? { sentence: none, again: false } : { sentence: sentenceOf(error), again: true };
    }
  }

  stop(): void {
    this.#stopped.abort();
  }
}
