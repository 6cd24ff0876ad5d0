/**
 * Requeueing a job: its dead chunks run again, in a new round.
 *
 *   running, paused ──requeue──▶ the same, dead chunks waiting
 *   failed, completed with gaps ──requeue──▶ running, dead chunks and those it never came to waiting        (docs/states.md)
 *
 * Invariant: one requeue per round counts. One that names chunks leaves the other dead ones dead, with their letters; were the job to fail by these alone, all
 * dead chunks run again instead. Everything computed before still counts; every lease of the new round has a new id, because
 * its attempts begin above all earlier ones, so no answer of an earlier round can stand in its way. A cancelled job is not requeued.
 *
 * Partials that can never be merged are computed again, as are the chunks of a job that was set aside: to go on with them would only fail once more, and
 * which chunks are in which partial is not kept. Once its kind returns less, the job ends well. Also computed again are the chunks of an ordered partial that reaches
 * over a gap: what comes into the gap must stand between them.
 */
import { isFinal, ROUND_ATTEMPTS, type RequeueJob } from '@manyhands/proto';
import { ChunkSet } from './chunk-set.ts';
import { deathOfJob } from './dead-limit.ts';
import { hasMoreToRun } from './finish.ts';
import type { HeldPartial } from './held.ts';
import { areHopeless } from './merge-plan.ts';
import { lengthOf } from './spans.ts';
import { assertWhole, type JobState } from './state.ts';
import { withWaiting } from './waiting.ts';

export function requeued(job: JobState, { tenant, round, chunks }: RequeueJob): JobState {
  if (tenant !== job.submit.tenant || round !== job.round + 1 || !hasMoreToRun(job)) return job;
  const others = chunks === undefined ? ChunkSet.NONE : job.dead.minus(ChunkSet.of(chunks));
  const next = begun(job, round, others);
  return others.size > 0 && deathOfJob(next) !== null ? begun(job, round, ChunkSet.NONE) : next;
}

/** The job in a new round, in which `dead` stays dead. */
function begun(job: JobState, round: number, dead: ChunkSet): JobState {
  const attempt = round * ROUND_ATTEMPTS;
  const before = withoutBridges(isFinal(job.status) ? reopened(job) : job);
  const { leftDead: _leftDead, ...open } = before.job;
  const chunks = isFinal(job.status) ? ChunkSet.of([[0, job.submit.chunks]]).minus(open.done) : job.dead.union(before.again);
  const next: JobState = {
    ...open,
    round,
    dead,
    letterCount: 0,
    letters: job.letters.filter(({ letter }) => dead.has(letter.begin)),
    firstDeath: dead.size > 0 ? job.firstDeath : null,
    ...(dead.size > 0 && { leftDead: dead.size }),
    waiting: withWaiting(open.waiting, { attempt, chunks: chunks.minus(dead) }),
    partials: open.partials.map((partial) => ({ ...partial, mergeAttempt: attempt })),
  };
  assertWhole(next);
  return next;
}

/** Whether a dead chunk was to run again by this command. */
export function runsAgain({ chunks }: RequeueJob, chunk: number): boolean {
  return chunks === undefined || chunks.some(([begin, end]) => begin <= chunk && chunk < end);
}

function reopened({ answer: _answer, stored: _stored, hasLosers: _losers, ...job }: JobState): JobState {
  const running: JobState = {
    ...job,
    status: 'running',
    startedAtMs: job.startedAtMs ?? job.atMs,
    finishedAtMs: null,
    failures: [],
    result: null,
    error: null,
  };
  return areHopeless(job) ? { ...running, done: ChunkSet.NONE, partials: [], workers: {}, workedMs: 0 } : running;
}

/** Without the ordered partials that reach over a gap, and without merges of them; `again` are the chunks that were in these. */
function withoutBridges(job: JobState): { job: JobState; again: ChunkSet } {
  const isBridge = ({ span }: HeldPartial): boolean => span !== undefined && job.done.countIn(span) < lengthOf(span);
  const bridges = job.partials.filter(isBridge);
  if (bridges.length === 0) return { job, again: ChunkSet.NONE };
  const again = job.done.intersection(ChunkSet.of(bridges.map(({ span }) => span!)));
  const gone = new Set(bridges.map(({ id }) => id));
  return {
    job: {
      ...job,
      done: job.done.minus(again),
      partials: job.partials.filter(({ id }) => !gone.has(id)),
      merges: job.merges.filter(({ inputs }) => !inputs.some((id) => gone.has(id))),
    },
    again,
  };
}
