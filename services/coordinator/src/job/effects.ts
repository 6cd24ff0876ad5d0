/** What a turn wants done outside, as data: performed by `effects/` for a whole mailbox batch at once. Each is repeatable by id. */
import type { AnsweredLease } from '@manyhands/proto/answered-leases';
import type { ComputeLease, DeadChunk, JobFinished, SubmitJob, TimerDue } from '@manyhands/proto';
import type { JobState } from './state.ts';

export type JobEffect =
  /** Step lease: hand a span of chunks (or a merge) to the workers. `mayRepeat`: one of its id may have been taken back. */
  | { do: 'publish_lease'; submit: SubmitJob; lease: ComputeLease; mayRepeat: boolean }
  /** Step retry: ring in the job's mailbox at this time, instead of at the time set before. */
  | { do: 'set_timer'; timer: TimerDue }
  /** Store the dead letter of a dead chunk, for an operator. */
  | { do: 'publish_dead'; letter: DeadChunk }
  /** Keep what became of a lease, for people. `sequence`: of its answer in the mailbox. `isFirst`: no lease of the job was answered before. */
  | { do: 'keep_answered'; submit: SubmitJob; sequence: number; lease: AnsweredLease; isFirst: boolean }
  /** Stop whatever of this job waits or runs, forever or until it is resumed. */
  | { do: 'cancel_leases'; jobId: string; round: number; forNow: boolean }
  /** Stop one lease: another on its span was answered first. A worker that misses it computes a result that is ignored. */
  | { do: 'cancel_lease'; jobId: string; lease: string }
  /** Step progress: show this state to users. `fresh`: no view of the job can be stored yet. */
  | { do: 'save_view'; state: JobState; slots: number; urgency: ViewUrgency; fresh: boolean }
  /** Step finish: store which lines are where, before the final view. */
  | { do: 'publish_results'; state: JobState }
  /** Step finish: publish the event for history, after the final view is stored. */
  | { do: 'publish_finished'; event: JobFinished };

/** `brief`: when the job is not over within `briefViewMs`. `progress`: soon, newest wins. `status`: at once. `final`: at once, exactly one ever. */
export type ViewUrgency = 'brief' | 'progress' | 'status' | 'final';
