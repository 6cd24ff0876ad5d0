/** Which workers were there in the last minutes and what they did: what the gateway recorded, and from then on what each heartbeat adds. */
import type { WorkerRecord as Recorded } from '@manyhands/sdk';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { beatTimes, noBeats, noSamples, recordedSamples, withBeats } from './sample-book.ts';
import type { Beat } from './worker-rows.ts';

const retryMs = 3_000;

export class WorkerRecord {
  workers = $state.raw<Recorded['workers']>([]);
  samples = $state.raw(noSamples);
  join = $state.raw<Recorded['join'] | null>(null);
  problem = $state<string | null>(null);

  /** The server's clock before ours. */
  #aheadMs = 0;
  #beats = noBeats;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: AbortController | null = null;

  get known(): boolean {
    return this.join !== null;
  }

  /** Seconds since 1970, by the clock that samples are of. */
  get nowSec(): number {
    return (Date.now() + this.#aheadMs) / 1_000;
  }

  start(): () => void {
    void this.#read();
    return () => {
      clearTimeout(this.#timer);
      this.#reading?.abort();
      this.#reading = null;
    };
  }

  /** The workers as they are now. One that is missing has left: since when, and what it did last, is read. */
  take(live: readonly Beat[]): void {
    const before = this.#beats;
    this.#beats = beatTimes(live);
    const fresh = live.filter(({ worker, beat_at }) => before.get(worker) !== beat_at);
    if (fresh.length > 0) this.samples = withBeats(this.samples, fresh, this.nowSec * 1_000);
    if (this.#reading && [...before.keys()].some((worker) => !this.#beats.has(worker))) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading?.abort();
    clearTimeout(this.#timer);
    const reading = new AbortController();
    this.#reading = reading;
    try {
      const { at, join, workers } = await api.workerRecord({ signal: reading.signal });
      this.#aheadMs = Date.parse(at) - Date.now();
      this.join = join;
      this.workers = workers;
      this.samples = recordedSamples(workers);
      this.problem = null;
    } catch (error) {
      if (reading.signal.aborted) return;
      this.problem = sentenceOf(error);
      this.#timer = setTimeout(() => void this.#read(), retryMs);
    }
  }
}
