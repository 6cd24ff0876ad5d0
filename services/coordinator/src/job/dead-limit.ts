/**
 * Whether so many chunks of a job are dead that the job fails, and how that reads.
 *
 *   policy `fail`: the first one      `max_failed`: one more than it allows, whatever the policy      *hopeless*: of all that ended in this round none was computed
 */
import { isByItem, type SubmitJob, type WireError } from '@manyhands/proto';
import { pendingCount, type JobState } from './state.ts';

/** Of so many chunks that ended first all are dead: a wrong key, or an address that does not answer. The others would die as well. */
const HOPELESS_MIN = 20;

/** Why its dead chunks fail the job; null while they do not. */
export function deathOfJob(job: JobState): WireError | null {
  const { firstDeath: first, dead, done, submit } = job;
  if (first === null) return null;
  const allowed = deadAllowed(submit);
  if (dead.size > allowed) return allowed === 0 ? first : withSentence(first, tooMany(submit, dead.size, allowed, first.message));
  if (done.size > 0) return null;
  const died = dead.size - (job.leftDead ?? 0);
  if (died >= HOPELESS_MIN) return withSentence(first, hopeless(job, died));
  return pendingCount(job) === 0 ? first : null;
}

/** Chunks that may be dead. */
function deadAllowed({ max_failed, on_dead_chunk, chunks }: SubmitJob): number {
  if (max_failed === undefined) return on_dead_chunk === 'fail' ? 0 : chunks;
  return 'count' in max_failed ? max_failed.count : Math.floor(max_failed.share * chunks);
}

function tooMany({ input }: SubmitJob, dead: number, allowed: number, first: string): string {
  return `${dead} ${nounOf(input)} could not be computed, and the job allows ${allowed} (max_failed). Raise it, or correct what fails and requeue the job. The first: ${first}`;
}

/** With the error that most of them died of. */
function hopeless({ letters, firstDeath, submit }: JobState, died: number): string {
  const counts = new Map<string, number>();
  for (const { letter } of letters) {
    const message = letter.runs.at(-1)?.message ?? letter.error.message;
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  const [common = firstDeath!.message] = [...counts].sort(([, one], [, other]) => other - one)[0] ?? [];
  return `Every one of the first ${died} ${nounOf(submit.input)} failed${counts.size > 1 ? ', most of them with' : ''}: ${common}`;
}

function nounOf(input: SubmitJob['input']): 'items' | 'chunks' {
  return isByItem(input) ? 'items' : 'chunks';
}

function withSentence(first: WireError, message: string): WireError {
  return { code: first.code, message: message.slice(0, 2000), retryable: false };
}
