/** The caller's schedules: read again every few seconds while somebody looks, and after each change made here. */
import type { ScheduleView } from '@manyhands/proto';
import { fetchSchedules, removeSchedule, turnSchedule } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';

const everyMs = 5_000;
const pageSize = 50;

export class ScheduleList {
  /** Null before the first answer. */
  schedules = $state.raw<ScheduleView[] | null>(null);
  /** Whether there are more than are shown. */
  more = $state(false);
  problem = $state<string | null>(null);
  /** The one that is being changed. */
  busy = $state<string | null>(null);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = new AbortController();

  start(): void {
    void this.#load();
  }

  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
  }

  turn(id: string, to: 'pause' | 'resume'): Promise<void> {
    return this.#change(id, () => turnSchedule(id, to));
  }

  remove(id: string): Promise<void> {
    return this.#change(id, () => removeSchedule(id));
  }

  async #change(id: string, change: () => Promise<unknown>): Promise<void> {
    if (this.busy !== null) return;
    this.busy = id;
    try {
      await change();
      await this.#load();
    } catch (error) {
      this.problem = sentenceOf(error);
    } finally {
      this.busy = null;
    }
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const page = await fetchSchedules(pageSize, null, this.#stopped.signal);
      this.schedules = page.schedules;
      this.more = page.next_cursor !== null;
      this.problem = null;
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.problem = sentenceOf(error);
    }
    if (!this.#stopped.signal.aborted) this.#timer = setTimeout(() => void this.#load(), everyMs);
  }
}
