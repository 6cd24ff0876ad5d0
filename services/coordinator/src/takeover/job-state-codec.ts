/**
 * A job's state as a snapshot, within a budget of bytes whatever happened to the job: step fold.
 *
 * What is needed to go on comes first: what was submitted, and which chunks are done, dead or waiting. Then, as far as they fit, the letters that may have to be
 * written again, what is remembered of failed runs, and the partials, smallest first. A partial that does not fit is read again from the mailbox, where it is
 * stored under its lease. Leases and merges that are out are left out: an activation that is rebuilt looks for them in the world (`job/recover.ts`).
 *
 * Invariant: what comes back is the same job, with less remembered of its failures at most. Where a partial is to be found nowhere any more, all is computed again under
 * ids of the next round, so the answer is right, if late; a job that was over stays over.
 */
import type { StateCodec } from '../mailbox/snapshot-store.ts';
import { isFinal, ManyhandsError, ROUND_ATTEMPTS } from '@manyhands/proto';
import { ChunkSet } from '../job/chunk-set.ts';
import { newest } from '../job/deaths.ts';
import { answerOf } from '../job/finish.ts';
import { submittedJob, withAllWaiting, type JobState } from '../job/state.ts';
import { chunkTimesJson, chunkTimesOf, type ChunkTimesJson } from '../job/timing/chunk-times.ts';
import type { Timing } from '../job/timing/timing.ts';
import {
  bareHeldJson,
  filledHeldJson,
  heldFromJson,
  leavesTextsOut,
  type HeldJson,
  type PartialJson,
  type ReadPartial,
} from './held-codec.ts';
import { chunkFatesJson, chunkFatesOf, type ChunkFatesJson } from './chunk-codec.ts';

/** Bytes of a whole snapshot, with its head. */
export const SNAPSHOT_BYTES_MAX = 768 * 1024;
const HEAD_BYTES = 512;
type Plain = Omit<
  JobState,
  | 'done'
  | 'dead'
  | 'waiting'
  | 'leases'
  | 'merges'
  | 'partials'
  | 'answer'
  | 'result'
  | 'stored'
  | 'letters'
  | 'failures'
  | 'timerAtMs'
  | 'timing'
>;

export interface JobStateJson extends Plain, HeldJson {
  chunks: ChunkFatesJson;
  letters: JobState['letters'];
  failures: JobState['failures'];
  timing?: Omit<Timing, 'times'> & { times: ChunkTimesJson };
  /** What `finish` made of the partials: a list of one. */
  answer?: readonly PartialJson[];
  /** There is no room for what the job went through: everything is computed again. */
  begins?: true;
}

export function jobStateCodec(readPartial: ReadPartial): StateCodec<JobState | null> {
  return {
    toJson: (state) => (state === null ? null : jobStateJson(state)),
    fromJson: async (json) => {
      // Earlier releases saved that there is no job.
      if (json === null) throw new ManyhandsError('undecodable', 'no state of a job');
      return jobStateOf(json as JobStateJson, readPartial);
    },
  };
}

export function jobStateJson(job: JobState): JobStateJson {
  const {
    done,
    dead,
    waiting,
    leases: _leases,
    merges: _merges,
    partials,
    answer,
    result: _result,
    stored: _stored,
    letters,
    failures,
    timerAtMs: _timer,
    timing,
    ...plain
  } = isFinal(job.status) ? job : withAllWaiting(job);
  const bare: JobStateJson = {
    ...plain,
    chunks: chunkFatesJson({ done, dead, waiting }, job.submit.chunks),
    letters: [],
    failures: [],
    ...(timing && { timing: { ...timing, times: chunkTimesJson(timing.times) } }),
    ...bareHeldJson(partials, job.submit),
    ...(answer && { answer: bareHeldJson([answer], {}).partials }),
  };
  let room = SNAPSHOT_BYTES_MAX - HEAD_BYTES - bytesOf(bare);
  // Hundreds of attempts at once, each with its own chunks: more than can happen unless a client intends it.
  if (room < 0)
    return { ...bare, chunks: { waiting: [] }, partials: [], runs: undefined, answer: undefined, workers: {}, begins: true };
  // What a job that is over answers first: users may still have to see it.
  const full = (): Partial<JobStateJson> => {
    const last = bare.answer && filledHeldJson({ partials: bare.answer }, [answer!], room).partials;
    room -= bytesOf(last ?? []) - bytesOf(bare.answer ?? []);
    const kept = filledHeldJson(bare, partials, room);
    room -= bytesOf(kept.partials) - bytesOf(bare.partials);
    return { ...kept, ...(last && { answer: last }) };
  };
  const before = isFinal(job.status) ? full() : undefined;
  const keptLetters = newest(letters, room / 2);
  room -= bytesOf(keptLetters);
  const keptFailures = newest(failures, room / 2);
  room -= bytesOf(keptFailures);
  return { ...bare, letters: keptLetters, failures: keptFailures, ...(before ?? full()) };
}

/** Whether this state, saved, can only be read as long as its mailbox holds what it was made of. */
export function leavesPartialsOut(job: JobState): boolean {
  const json = jobStateJson(job);
  return json.begins === true || leavesTextsOut(json) || (json.answer !== undefined && leavesTextsOut({ partials: json.answer }));
}

async function jobStateOf(json: JobStateJson, readPartial: ReadPartial): Promise<JobState> {
  const { chunks, partials: stored, runs, answer: storedAnswer = [], begins, timing, ...plain } = json;
  const { submit } = json;
  const partials =
    begins === true
      ? [undefined]
      : await heldFromJson({ partials: stored, ...(runs !== undefined && { runs }) }, submit, readPartial);
  const [answer] = await heldFromJson({ partials: storedAnswer }, { job_id: submit.job_id }, readPartial);
  const held = partials.filter((partial) => partial !== undefined);
  const state: JobState = {
    ...plain,
    ...chunkFatesOf(chunks, submit.chunks),
    ...(timing && { timing: { ...timing, times: chunkTimesOf(timing.times) } }),
    timerAtMs: null,
    leases: [],
    merges: [],
    partials: held,
    ...(answer && { answer }),
    result: null,
  };
  if (held.length < partials.length || (storedAnswer.length > 0 && answer === undefined)) return begunAnew(state);
  return json.status === 'completed' ? { ...state, ...answerOf(state) } : state;
}

/** Nothing of what was computed is there any more. */
function begunAnew(job: JobState): JobState {
  const nothing = { done: ChunkSet.NONE, partials: [], answer: undefined, lostMerges: [], workers: {}, workedMs: 0 };
  if (isFinal(job.status))
    return { ...job, ...nothing, ...(job.status === 'completed' && { status: 'failed', error: GONE, result: null }) };
  const round = job.round + 1;
  const { submit, status, startedAtMs, issue, pace, duplicateResults, retries, timing } = job;
  const waiting = [{ attempt: round * ROUND_ATTEMPTS, chunks: ChunkSet.of([[0, submit.chunks]]) }];
  return {
    ...submittedJob(submit, job.atMs, pace),
    ...nothing,
    status,
    startedAtMs,
    issue,
    duplicateResults,
    retries,
    round,
    waiting,
    ...(timing && { timing }),
  };
}

const GONE = {
  code: 'quarantined',
  message: 'The result was stored nowhere any more when it was needed again. Requeue the job to run all of it again.',
  retryable: false,
};

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
