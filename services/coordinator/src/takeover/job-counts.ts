import type { CoordinatorCount } from '@manyhands/observe';

/** What happened to the jobs of this coordinator that should not happen often; it travels in its heartbeat, and is summed up in the metrics. */
export class JobCounts {
  /** Jobs set aside because a step of theirs failed for good. */
  quarantined = 0;
  /** Steps of a job that failed and were tried again. */
  stepsRetried = 0;
  /** Jobs that nothing was under way for, found by `JobWatch`. */
  rebuilt = 0;
  /** Turns that took longer than any should. */
  longTurns = 0;
  /** Streams, buckets and consumers that were removed, changed or paused by hand, and corrected here. */
  assetsMended = 0;

  asRecord(): Record<CoordinatorCount, number> {
    return {
      jobs_quarantined: this.quarantined,
      job_steps_retried: this.stepsRetried,
      jobs_rebuilt: this.rebuilt,
      long_turns: this.longTurns,
      assets_mended: this.assetsMended,
    };
  }
}
