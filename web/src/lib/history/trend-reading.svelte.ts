/**
 * How finished jobs went over time, asked for once for each choice of filters.
 *
 * Invariant: one question is on its way at a time; what is shown stays until the next answer is there, so that nothing jumps. One that is not answered is
 * asked again.
 */
import type { HistoryTrends } from '@manyhands/sdk';
import { session } from '../account/session.svelte.ts';
import { sentenceOf } from '../api-problem.ts';
import { present } from '../server-time.ts';
import type { HistoryFilter } from './history-filter.ts';
import { trendSearchOf } from './trends.ts';

const againMs = 10_000;

export class TrendReading {
  /** Null before the first answer. */
  trends = $state.raw<HistoryTrends | null>(null);
  problem = $state<string | null>(null);

  #asked: AbortController | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;

  async ask(filter: HistoryFilter): Promise<void> {
    this.stop();
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const client = session.clientOf(filter.tenant);
      const trends = await client.trends(trendSearchOf(filter, present()), { signal: asked.signal });
      if (asked.signal.aborted) return;
      this.trends = trends;
      this.problem = null;
    } catch (error) {
      if (asked.signal.aborted) return;
      this.problem = sentenceOf(error);
      this.#again = setTimeout(() => void this.ask(filter), againMs);
    }
  }

  stop(): void {
    this.#asked?.abort();
    clearTimeout(this.#again);
  }
}
