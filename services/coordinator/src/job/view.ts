/** What users see of a job's state: step progress. */
import { isFinal, JsonText, tryingOf, type JobView } from '@manyhands/proto';
import { chunkMap } from './chunk-map.ts';
import { isoTime } from './clock.ts';
import { bytesOf } from './held.ts';
import { DELAY_MS_MAX } from './retry.ts';
import { pendingCount, type JobState } from './state.ts';
import { timingView } from './timing/timing-view.ts';

/** The last view of a job is made for its event and for its users, and is the same. */
const finalViews = new WeakMap<JobState, JobView>();

/** The view of `job` while `slots` live slots can compute its kind. */
export function viewOf(job: JobState, slots: number): JobView {
  const final = finalViews.get(job);
  if (final) return final;
  const view = madeOf(job, slots);
  if (isFinal(job.status)) finalViews.set(job, view);
  return view;
}

function madeOf(job: JobState, slots: number): JobView {
  const { submit } = job;
  const completed = job.done.size;
  const failed = job.dead.size;
  const seconds = job.startedAtMs === null ? null : job.workedMs / 1000;
  const rate = seconds !== null && seconds > 0 && completed > 0 ? completed / seconds : null;
  return {
    job_id: submit.job_id,
    tenant: submit.tenant,
    kind: submit.kind,
    params: submit.params,
    priority: submit.lane,
    status: job.status,
    progress: submit.chunks === 0 ? Number(job.status === 'completed') : (completed + failed) / submit.chunks,
    completed_chunks: completed,
    failed_chunks: failed,
    total_chunks: submit.chunks,
    detail: detailOf(job, slots),
    error: job.error,
    created_at: submit.submitted_at,
    started_at: job.startedAtMs === null ? null : isoTime(job.startedAtMs),
    finished_at: job.finishedAtMs === null ? null : isoTime(job.finishedAtMs),
    duration_sec: seconds,
    rate,
    eta_sec:
      rate === null || slots === 0 || job.status === 'paused' || isFinal(job.status) || askedUntilMs(job) !== undefined
        ? null
        : pendingCount(job) / rate,
    duplicate_results: job.duplicateResults,
    retries: job.retries,
    ...(job.round > 0 && { round: job.round }),
    chunks: chunkMap(job),
    workers: { ...job.workers },
    ...tryingOf(submit),
    ...(submit.schedule_id !== undefined && { schedule_id: submit.schedule_id }),
    ...(hasResults(job) && { results: { bytes: bytesOf(job.partials) } }),
    ...(job.timing && { timing: timingView(job, job.timing) }),
    ...(job.stored && { stored: job.stored }),
    // Last: a reader of the head of a view does not need it.
    result: job.result === null ? null : new JsonText(job.result),
  };
}

/** Whether the lines of this job can be read: it is over, and was neither cancelled nor set aside. */
export function hasResults({ submit, status, error }: JobState): boolean {
  return submit.output === 'lines' && (status === 'completed' || (status === 'failed' && error?.code !== 'quarantined'));
}

function detailOf(job: JobState, slots: number): string | null {
  const failed = job.dead.size;
  switch (job.status) {
    case 'pending':
    case 'running':
      if (slots === 0)
        return `Waiting for a worker that can compute ${job.submit.kind}${job.submit.confined ? ' inside bubblewrap' : ''}.`;
      if (job.merges.length > 0 && pendingCount(job) === 0) return 'Merging the partial results.';
      return waitDetail(askedUntilMs(job));
    case 'paused':
      return 'Paused on request.';
    case 'completed':
      if (failed === 0) return null;
      return `${failed} of ${job.submit.chunks} chunks could not be computed; the ${job.submit.output === 'lines' ? 'results leave' : 'result leaves'} ${failed === 1 ? 'it' : 'them'} out. ${job.firstDeath?.message ?? ''}`.trim();
    case 'failed':
      return job.error?.message ?? null;
    case 'cancelled':
      return 'Cancelled on request.';
  }
}

/** Until when nothing of it runs, because its task code asked for more than the delay before each retry; undefined: something runs, or soon will. */
function askedUntilMs({ atMs, leases, merges, waiting }: JobState): number | undefined {
  if (leases.length > 0 || merges.length > 0 || waiting.length === 0) return undefined;
  const untilMs = Math.min(...waiting.map(({ notBeforeMs }) => notBeforeMs ?? 0));
  return untilMs - atMs > DELAY_MS_MAX ? untilMs : undefined;
}

function waitDetail(untilMs: number | undefined): string | null {
  return untilMs === undefined ? null : `Waiting until ${isoTime(untilMs)} to run again what failed, as the task code asked.`;
}
