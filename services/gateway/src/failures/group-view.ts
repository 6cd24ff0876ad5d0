/** Dead letters of one cause, as clients are shown them. Pure. */
import { createHash } from 'node:crypto';
import type { Answer, DeadChunk } from '@manyhands/proto';
import { chunksIn, spansOf, type FailureGroup } from '@manyhands/proto/failure-groups';
import { isFound } from '@manyhands/proto/job-search';
import { letterId } from '../jobs/dead-letters.ts';
import type { RequeuePlan } from '../jobs/requeue-plan.ts';

/** What is kept of a letter to group it. */
export type Letter = Pick<DeadChunk, 'tenant' | 'job_id' | 'kind' | 'begin' | 'end' | 'round' | 'error' | 'died_at'> & {
  sequence: number;
};

/** `failures` in the order in which they are stored. */
export interface LetterGroup extends Pick<FailureGroup<Letter>, 'code' | 'message' | 'failures'> {
  fingerprint: string;
}

/** What a group has of one job. */
export interface GroupJob {
  jobId: string;
  tenant: string;
  kind: string;
  letters: readonly Letter[];
  /** Their chunks: joined, in order. */
  spans: [begin: number, end: number][];
}

const KINDS_SHOWN = 10;
const SPANS_SHOWN = 100;
const HOURS = 24;
const HOUR_MS = 3_600_000;

/** Short enough for an address, long enough that two causes of one system do not meet in it: 64 bits. */
export function fingerprintOf(cause: string): string {
  return createHash('sha256').update(cause).digest('hex').slice(0, 16);
}

/** Whether a group has a letter of the kind, and one with all of the words. */
export function isWanted({ failures }: LetterGroup, kind: string | undefined, words: readonly string[]): boolean {
  if (kind !== undefined && !failures.some((letter) => letter.kind === kind)) return false;
  return (
    words.length === 0 ||
    failures.some(({ job_id: jobId, kind: own, error }) =>
      isFound(words, jobId, own, `${error.code} ${error.message}`.toLowerCase()),
    )
  );
}

/** Newest job first. */
export function jobsOf(letters: readonly Letter[]): GroupJob[] {
  return [...Map.groupBy(letters, ({ job_id: jobId }) => jobId)]
    .map(([jobId, own]) => {
      const { tenant, kind } = own[0]!;
      return { jobId, tenant, kind, letters: own, spans: spansOf(own.map(({ begin, end }) => [begin, end])) };
    })
    .sort((one, other) => (one.jobId < other.jobId ? 1 : -1));
}

export function groupAnswer(
  { fingerprint, code, message, failures }: LetterGroup,
  nowMs: number,
): Answer<'FailureGroups'>['groups'][number] {
  const jobs = jobsOf(failures);
  const newest = failures.at(-1)!;
  return {
    fingerprint,
    code,
    message,
    kinds: kindsOf(failures),
    letters: failures.length,
    chunks: jobs.reduce((sum, { spans }) => sum + chunksIn(spans), 0),
    jobs: jobs.length,
    ...timesOf(failures),
    by_hour: byHour(failures, nowMs),
    sample: {
      id: letterId(newest),
      job_id: newest.job_id,
      kind: newest.kind,
      begin: newest.begin,
      end: newest.end,
      error: newest.error,
      died_at: newest.died_at,
    },
  };
}

/** `ofAll`: with its tenant. */
export function jobAnswer(
  { jobId, tenant, kind, letters, spans }: GroupJob,
  plan: RequeuePlan,
  ofAll: boolean,
): Answer<'FailureGroupJobs'>['jobs'][number] {
  return {
    job_id: jobId,
    ...(ofAll && { tenant }),
    kind,
    letters: letters.length,
    chunks: chunksIn(spans),
    spans: spans.slice(0, SPANS_SHOWN),
    ...timesOf(letters),
    ...plan,
  };
}

function kindsOf(letters: readonly Letter[]): string[] {
  return [...Map.groupBy(letters, ({ kind }) => kind)]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([kind]) => kind)
    .slice(0, KINDS_SHOWN);
}

function timesOf(letters: readonly Letter[]): { first_at: string; last_at: string } {
  const times = letters.map(({ died_at }) => Date.parse(died_at));
  const first = times.reduce((least, at) => Math.min(least, at));
  const last = times.reduce((most, at) => Math.max(most, at));
  return { first_at: new Date(first).toISOString(), last_at: new Date(last).toISOString() };
}

/** By the clocks of coordinators: what is in the future counts for the newest hour. */
function byHour(letters: readonly Letter[], nowMs: number): number[] {
  const hours = new Array<number>(HOURS).fill(0);
  for (const { died_at } of letters) {
    const ago = Math.max(0, Math.floor((nowMs - Date.parse(died_at)) / HOUR_MS));
    if (ago < HOURS) hours[HOURS - 1 - ago] = (hours[HOURS - 1 - ago] ?? 0) + 1;
  }
  return hours;
}
