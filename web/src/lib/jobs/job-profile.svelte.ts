/** Where the time of a job went, read every few seconds until it is over, while something shows it. */
import type { JobProfile } from '@manyhands/sdk';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';

const everyMs = 3_000;

export class JobProfileReading {
  profile = $state.raw<JobProfile | null>(null);
  problem = $state<string | null>(null);

  constructor(readonly jobId: string) {}

  /** Returns what ends it. `isOver`: one answer is enough. */
  start(isOver: boolean): () => void {
    const stopped = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      try {
        this.profile = await api.profile(this.jobId, { signal: stopped.signal });
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
