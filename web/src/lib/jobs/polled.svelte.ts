/** What is told of a job over REST alone, read every few seconds until the job is over, while something shows it. */
import { sentenceOf } from '../api-problem.ts';

const everyMs = 3_000;

export class Polled<T> {
  value = $state.raw<T | null>(null);
  problem = $state<string | null>(null);

  constructor(readonly ask: (signal: AbortSignal) => Promise<T>) {}

  /** Returns what ends it. `isOver`: one answer is enough. */
  start(isOver: boolean): () => void {
    const stopped = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      try {
        this.value = await this.ask(stopped.signal);
        this.problem = null;
      } catch (error) {
        if (stopped.signal.aborted) return;
        this.problem = sentenceOf(error);
      }
      if (!stopped.signal.aborted && (!isOver || this.problem)) timer = setTimeout(() => void read(), everyMs);
    };
    void read();
    return () => {
      stopped.abort();
      clearTimeout(timer);
    };
  }
}
