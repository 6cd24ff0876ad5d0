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
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { StateCodec } from '../mailbox/snapshot-store.ts';
import { isFinal, limits, ManyhandsError, ROUND_ATTEMPTS } from '@manyhands/proto';
import { ChunkSet } from '../job/chunk-set.ts';
import { newest } from '../job/deaths.ts';
import { submittedJob, withAllWaiting, type HeldPartial, type JobState } from '../job/state.ts';
import { chunkFatesJson, chunkFatesOf, type ChunkFatesJson } from './chunk-codec.ts';

/** Bytes of a whole snapshot, with its head. */
export const SNAPSHOT_BYTES_MAX = 768 * 1024;
const HEAD_BYTES = 512;
/** Characters of partials that are packed for one snapshot, when they do not fit as they are. */
const PACKED_MAX = 2 * limits.partialBytesMax;
/** Partials read at a time. */
const READS_MAX = 16;

/** Reads the partial of a job that was stored under this id, as JSON text; undefined when it is stored no more. */
export type ReadPartial = (jobId: string, partialId: string) => Promise<string | undefined>;

type Plain = Omit<
  JobState,
  'done' | 'dead' | 'waiting' | 'leases' | 'merges' | 'partials' | 'result' | 'letters' | 'failures' | 'timerAtMs'
>;

interface PartialJson extends Omit<HeldPartial, 'partial' | 'mergeAttempt'> {
  mergeAttempt?: number;
  partial?: string;
  /** Deflated, in base 64. */
  packed?: string;
}

export interface JobStateJson extends Plain {
  chunks: ChunkFatesJson;
  letters: JobState['letters'];
  failures: JobState['failures'];
  partials: readonly PartialJson[];
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
    result: _result,
    letters,
    failures,
    timerAtMs: _timer,
    ...plain
  } = isFinal(job.status) ? job : withAllWaiting(job);
  const bare: JobStateJson = {
    ...plain,
    chunks: chunkFatesJson({ done, dead, waiting }, job.submit.chunks),
    letters: [],
    failures: [],
    partials: partials.map(leftOut),
  };
  let room = SNAPSHOT_BYTES_MAX - HEAD_BYTES - bytesOf(bare);
  // Hundreds of attempts at once, each with its own chunks: more than can happen unless a client intends it.
  if (room < 0) return { ...bare, chunks: { waiting: [] }, partials: [], workers: {}, begins: true };
  const withPartials = (): readonly PartialJson[] => {
    const kept = inlined(partials, room);
    room -= kept.bytes;
    return kept.partials;
  };
  const before = isFinal(job.status) ? withPartials() : undefined;
  const keptLetters = newest(letters, room / 2);
  room -= bytesOf(keptLetters);
  const keptFailures = newest(failures, room / 2);
  room -= bytesOf(keptFailures);
  return { ...bare, letters: keptLetters, failures: keptFailures, partials: before ?? withPartials() };
}

/** Whether this state, saved, can only be read as long as its mailbox holds what it was made of. */
export function leavesPartialsOut(job: JobState): boolean {
  const { partials, begins } = jobStateJson(job);
  return begins === true || partials.some(({ partial, packed }) => partial === undefined && packed === undefined);
}

async function jobStateOf(json: JobStateJson, readPartial: ReadPartial): Promise<JobState> {
  const { chunks, partials: stored, begins, ...plain } = json;
  const partials = begins === true ? [undefined] : await partialsOf(json.submit.job_id, stored, readPartial);
  const held = partials.filter((partial) => partial !== undefined);
  const state: JobState = {
    ...plain,
    ...chunkFatesOf(chunks, json.submit.chunks),
    timerAtMs: null,
    leases: [],
    merges: [],
    partials: held,
    result: json.status === 'completed' ? (held[0]?.partial ?? null) : null,
  };
  return held.length === partials.length ? state : begunAnew(state);
}

/** Nothing of what was computed is there any more. */
function begunAnew(job: JobState): JobState {
  const nothing = { done: ChunkSet.NONE, partials: [], lostMerges: [], workers: {}, workedMs: 0 };
  if (isFinal(job.status))
    return { ...job, ...nothing, ...(job.status === 'completed' && { status: 'failed', error: GONE, result: null }) };
  const round = job.round + 1;
  const { submit, status, startedAtMs, issue, pace, duplicateResults, retries } = job;
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
  };
}

const GONE = {
  code: 'quarantined',
  message: 'The result was stored nowhere any more when it was needed again. Requeue the job to run all of it again.',
  retryable: false,
};

function leftOut({ partial: _partial, mergeAttempt, ...rest }: HeldPartial): PartialJson {
  return mergeAttempt === 0 ? rest : { ...rest, mergeAttempt };
}

/** The partials, with the text of as many as fit into `room` bytes, smallest first. */
function inlined(partials: readonly HeldPartial[], room: number): { partials: readonly PartialJson[]; bytes: number } {
  const texts = new Map<HeldPartial, { partial: string } | { packed: string }>();
  let bytes = 0;
  let packable = PACKED_MAX;
  const keep = (held: HeldPartial, text: { partial: string } | { packed: string }): boolean => {
    // Its field, and the comma before it.
    const size = bytesOf(text) - 1;
    if (bytes + size > room) return false;
    bytes += size;
    texts.set(held, text);
    return true;
  };
  for (const held of [...partials].sort((one, other) => one.bytes - other.bytes)) {
    if (bytes + held.bytes <= room && keep(held, { partial: held.partial })) continue;
    if (held.bytes > packable) break;
    packable -= held.bytes;
    keep(held, { packed: deflateRawSync(held.partial, { level: 1 }).toString('base64') });
  }
  return { partials: partials.map((held) => ({ ...leftOut(held), ...texts.get(held) })), bytes };
}

async function partialsOf(
  jobId: string,
  stored: readonly PartialJson[],
  readPartial: ReadPartial,
): Promise<(HeldPartial | undefined)[]> {
  const partials: (HeldPartial | undefined)[] = [];
  for (let from = 0; from < stored.length; from += READS_MAX) {
    partials.push(...(await Promise.all(stored.slice(from, from + READS_MAX).map((one) => partialOf(jobId, one, readPartial)))));
  }
  return partials;
}

async function partialOf(
  jobId: string,
  { id, bytes, mergeAttempt = 0, notBeforeMs, partial, packed }: PartialJson,
  readPartial: ReadPartial,
): Promise<HeldPartial | undefined> {
  const text =
    partial ??
    (packed === undefined
      ? await readPartial(jobId, id)
      : inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: bytes }).toString());
  return text === undefined
    ? undefined
    : { id, partial: text, bytes, mergeAttempt, ...(notBeforeMs !== undefined && { notBeforeMs }) };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
