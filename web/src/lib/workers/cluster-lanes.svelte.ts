/**
 * What each slot of all workers did in the last minutes: read again each second while it is shown.
 *
 * Invariant: what is held is bounded: an hour, and `barsMost` bars of a lane.
 */
import { limits } from '@manyhands/proto/limits';
import type { ClusterLeases } from '@manyhands/sdk';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { grownLanes, jobsIn, leasesIn, noLanes, rebased } from './cluster-lanes.ts';
import { huesOf, noHues } from './job-hues.ts';

const everyMs = 1_000;
/** The page is not seen: only so often that nothing is missed. */
const hiddenEveryMs = 10_000;
const minuteMs = 60_000;
const heldMs = 60 * minuteMs;

export class ClusterLanes {
  book = $state.raw(noLanes);
  /** The jobs with a colour of their own, and which of the eight. */
  hues = $state.raw(noHues);
  jobs = $state.raw<readonly { job_id: string; kind: string }[]>([]);
  /** Whether it was read at all. */
  known = $state(false);
  problem = $state<string | null>(null);
  /** Where the lanes begin, at a whole minute: milliseconds since 1970. */
  baseMs = $state(0);
  /** Up to where they are known, in milliseconds since then. */
  lastMs = $state(0);

  /** The server's clock before ours. */
  #aheadMs = 0;
  #after: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: AbortController | null = null;

  /** Returns how to stop. */
  start(): () => void {
    void this.#read();
    return () => {
      clearTimeout(this.#timer);
      this.#reading?.abort();
    };
  }

  /** Where it is now, in the time of the lanes. */
  now(): number {
    return Math.max(this.lastMs, Date.now() + this.#aheadMs - this.baseMs);
  }

  async #read(): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    try {
      this.#take(await api.clusterLeases({ after: this.#after }, { signal: reading.signal }));
      this.problem = null;
    } catch (error) {
      if (reading.signal.aborted) return;
      this.problem = sentenceOf(error);
    }
    if (!reading.signal.aborted) this.#timer = setTimeout(() => void this.#read(), document.hidden ? hiddenEveryMs : everyMs);
  }

  #take(answer: ClusterLeases): void {
    const atMs = Date.parse(answer.at);
    this.#aheadMs = atMs - Date.now();
    if (!this.known) this.baseMs = Math.floor(atMs / minuteMs - limits.clusterMinutes) * minuteMs;
    let { book } = this;
    if (atMs - this.baseMs > heldMs + limits.clusterMinutes * minuteMs) {
      this.baseMs += heldMs;
      book = rebased(book, heldMs);
    }
    this.lastMs = atMs - this.baseMs;
    this.book = grownLanes(book, leasesIn(answer, this.baseMs), this.lastMs - heldMs);
    this.#after = answer.next_after;
    this.jobs = jobsIn(this.book);
    this.hues = huesOf(
      this.hues,
      this.jobs.map(({ job_id }) => job_id),
    );
    this.known = true;
  }
}
