/**
 * Step progress for one job: writes its view to bucket jobs, newest state wins.
 *
 *   idle ──show──▶ writing ──written──▶ resting ──50 ms──▶ idle (or writing, if something newer came)
 *   idle ──hold──▶ resting, 200 ms to a second
 *
 * Invariant: one write at a time, each over the revision this writer last saw. Losing one means another owner is at work:
 * `RevisionConflict`, now or at the next call. A final view is written once; if one is stored already nothing is written. What users
 * see never goes back: a view that counts less than the stored one (an owner that is still catching up) is not written. All of that holds within
 * a round: a requeued job begins again.
 */
import { RevisionConflict } from '@manyhands/actor';
import type { Bucket } from '@manyhands/nats';
import { encode, isFinal, isManyhandsError, keys } from '@manyhands/proto';
import type { JobEffect } from '../job/effects.ts';
import type { LiveLeases } from './live-leases.ts';
import { liveView } from './live-leases.ts';
import { readableView } from './readable-view.ts';

export type SaveView = Extract<JobEffect, { do: 'save_view' }>;

/** Milliseconds between two views of a job while nothing but its progress changes: 20 a second is more than an eye follows. */
export const VIEW_INTERVAL_MS = 50;

/** The view last known to be stored. */
interface Stored {
  /** Undefined when it must be read first. */
  revision: number | undefined;
  counted: number;
  progress: number;
  final: boolean;
  round: number;
}

export class JobViewWriter {
  readonly #bucket: Bucket;
  readonly #live: LiveLeases;
  #stored: Stored = { revision: undefined, counted: 0, progress: 0, final: false, round: 0 };
  #newest: SaveView | undefined;
  #unwritten = false;
  /** No view of the job was stored when the one on hold came. */
  #fresh = false;
  #writing: Promise<unknown> = Promise.resolve();
  #rest: NodeJS.Timeout | undefined;
  #lost: RevisionConflict | undefined;
  #closed = false;

  constructor(bucket: Bucket, live: LiveLeases) {
    this.#bucket = bucket;
    this.#live = live;
  }

  /**
   * Writes at once, after whatever is being written, and resolves when the view is stored; `false` when a later state is. Throws
   * `RevisionConflict`.
   */
  async write(view: SaveView): Promise<boolean> {
    this.#newest = view;
    this.#unwritten = false;
    if (this.#lost !== undefined) throw this.#lost;
    const writing = this.#writing.catch(() => undefined).then(() => this.#commit(view));
    this.#writing = writing;
    const isCurrent = await writing;
    this.#startRest();
    return isCurrent;
  }

  /** Writes when nothing newer has been written within this time. Throws like `show`. */
  hold(view: SaveView, ms: number): void {
    if (this.#lost !== undefined) throw this.#lost;
    this.#newest = view;
    this.#unwritten = true;
    this.#fresh ||= view.fresh;
    if (this.#rest === undefined) this.#startRest(ms);
  }

  /** Writes now what waits to be written, if anything does. Throws `RevisionConflict`. */
  async writeNow(): Promise<void> {
    if (this.#unwritten && this.#newest !== undefined) await this.write(this.#newest);
  }

  /** Writes soon. Throws `RevisionConflict` if an earlier write was lost to another owner. */
  show(view: SaveView): void {
    if (this.#lost !== undefined) throw this.#lost;
    this.#newest = view;
    this.refresh();
  }

  /** Writes the newest state again soon, because its leases have come further. */
  refresh(): void {
    this.#unwritten = this.#newest !== undefined;
    if (this.#rest === undefined) this.#flush();
  }

  /** Forgets what is not written. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#rest);
  }

  #startRest(ms = VIEW_INTERVAL_MS): void {
    if (this.#closed || this.#stored.final) return;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#flush();
    }, ms);
  }

  #flush(): void {
    const view = this.#newest;
    if (!this.#unwritten || view === undefined || this.#closed) return;
    this.#unwritten = false;
    this.#startRest();
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => (this.#closed ? undefined : this.#commit(view)))
      .catch((error: unknown) => {
        // Anything else passes: the next view is newer anyway.
        if (error instanceof RevisionConflict) this.#lost = error;
      });
  }

  async #commit(effect: SaveView): Promise<boolean> {
    const jobId = effect.state.submit.job_id;
    const key = keys.job(effect.state.submit.tenant, jobId);
    let guessed = this.#stored.revision === undefined;
    if (guessed && !effect.fresh && !this.#fresh) {
      await this.#load(key);
      guessed = false;
    }
    for (;;) {
      const { round } = effect.state;
      const isNewRound = round > this.#stored.round;
      const view = liveView(effect, this.#live, isNewRound ? 0 : this.#stored.progress);
      const counted = view.completed_chunks + view.failed_chunks;
      if (round < this.#stored.round) return false;
      if (!isNewRound && this.#stored.final) return effect.urgency === 'final';
      if (!isNewRound && effect.urgency !== 'final' && counted < this.#stored.counted) return false;
      try {
        const revision = await this.#bucket.update(key, encode(view), this.#stored.revision ?? 0);
        this.#stored = { revision, counted, progress: view.progress, final: isFinal(view.status), round };
        return true;
      } catch (error) {
        this.#stored.revision = undefined;
        this.#fresh = false;
        if (!isManyhandsError(error, 'revision_conflict')) throw error;
        await this.#load(key);
        if (this.#stored.final && round <= this.#stored.round) return effect.urgency === 'final' && round === this.#stored.round;
        if (!guessed) throw new RevisionConflict(jobId, { cause: error });
        guessed = false;
      }
    }
  }

  async #load(key: string): Promise<void> {
    const entry = await this.#bucket.get(key);
    if (entry?.value === undefined) {
      this.#stored = { revision: 0, counted: 0, progress: 0, final: false, round: 0 };
      return;
    }
    const view = readableView(entry.value);
    if (view === undefined) {
      this.#stored = { revision: entry.revision, counted: 0, progress: 0, final: false, round: 0 };
      return;
    }
    this.#stored = {
      revision: entry.revision,
      counted: view.completed_chunks + view.failed_chunks,
      progress: view.progress,
      final: isFinal(view.status),
      round: view.round ?? 0,
    };
  }
}
