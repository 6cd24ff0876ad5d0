/**
 * Every stream and bucket is full, one after the other, under fifty jobs a second: whoever submits is told 503 or his job ends, and all goes on once
 * there is room.
 *
 * The limits are scaled down to what the jobs of one phase leave, as capacity.ts states it, so that they are reached by what fills them and by no load of
 * the proof's own; between two phases the jobs that are over are deleted, as an operator does it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { limitBytes, LOADS, ROOM_SHARE, STORAGE_GB, type Answer as RestAnswer } from '@manyhands/proto';
import { HEALTHY, type Order } from '../containment/ways.ts';
import { STILL_MS_MAX, TURN_MS_MAX } from '../containment/promises.ts';
import { longestStalls } from '../containment/stalls.ts';
import { only } from '../history.ts';
import { until } from '../ordeal/ordeal.ts';
import { fillUp, FULL_TARGETS, type Target, type TargetName } from './full-targets.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface FullSize {
  targets: readonly TargetName[];
  /** How long each is full. */
  holdMs: number;
  jobsPerSec: number;
}

/** What became of the jobs submitted while one of them was full. */
export interface Episode {
  target: TargetName;
  accepted: number;
  refused: number;
  /** Accepted later than a gateway may take to see that there is no room. */
  acceptedLate: number;
  /** Refusals that name another one as full: the load itself has filled it, which proves nothing. */
  misnamed: readonly string[];
  /** Answers that are neither 202 nor 503 with Retry-After. */
  odd: readonly string[];
  /** Accepted, and not ended some time after there was room again. */
  left: readonly string[];
  /** From the moment there was room until a job was accepted and had ended; undefined: too long. */
  goesOnAfterMs: number | undefined;
  /** The longest that a partition stood still, with its messages waiting. */
  stillMs: number;
  /** Jobs that were over and could not be deleted, and why. */
  notDeleted: readonly string[];
}

export interface FullRun {
  episodes: readonly Episode[];
  turnMsMax: number;
  /** Jobs that a watchdog found with nothing under way. */
  rebuilt: number;
}

/** What a deleted job leaves in the bucket of jobs until its retention is over. */
const markBytes = 250;
const seesFullWithinMs = 3_000;
const endWithinMs = 60_000;
const goesOnWithinMs = 20_000;
const answerWithinMs = 20_000;

const allTargets = Object.keys(FULL_TARGETS) as TargetName[];

/** `only`: of the targets, this one alone. */
export function fullSize(minutes: number, only?: string): FullSize {
  const targets = allTargets.filter((target) => only === undefined || target === only);
  if (targets.length === 0) throw new Error(`Nothing to fill is called ${only}: it is one of ${allTargets.join(', ')}.`);
  return { targets, holdMs: (minutes * 60_000) / allTargets.length, jobsPerSec: 50 };
}
export const FULL_SHORT: FullSize = { targets: ['mailbox', 'work', 'jobs', 'jobState', 'events'], holdMs: 4_500, jobsPerSec: 50 };

export function runFull(
  size: FullSize,
  seed: number,
  folder: string,
  say: (line: string) => void,
  planted?: ContainmentBugName,
): Promise<Verdict<FullRun>> {
  return prove(
    'full-limits',
    {
      coordinators: 2,
      computes: 1,
      slots: 4,
      env: { MANYHANDS_STORAGE_GB: String(storageGbOf(size)) },
      ...(planted && { planted }),
    },
    seed,
    folder,
    (proof) => go(size, proof, say),
    fullBreaks,
  );
}

/** So that the views of a phase's jobs, and the marks of those that were deleted after the phases before, leave room for more. */
function storageGbOf({ targets, holdMs, jobsPerSec }: FullSize): number {
  const bytesPerJob = LOADS.jobs.bytesPerJob + targets.length * markBytes;
  const bytes = ((holdMs / 1000) * jobsPerSec * bytesPerJob) / ROOM_SHARE;
  return Math.max(STORAGE_GB.min, (STORAGE_GB.default * bytes) / limitBytes(LOADS.jobs));
}

async function go(size: FullSize, proof: Proof, say: (line: string) => void): Promise<FullRun> {
  const episodes: Episode[] = [];
  for (const target of size.targets) {
    episodes.push(await fullFor(size, target, proof));
    say(`full-limits: ${lineOf(episodes.at(-1)!)}`);
  }
  const { entries } = proof.history;
  const rebuilt = new Map(only(entries, 'rebuilt').map(({ coordinator, count }) => [coordinator, count]));
  return {
    episodes,
    turnMsMax: Math.max(0, ...only(entries, 'turn').map(({ ms }) => ms)),
    rebuilt: [...rebuilt.values()].reduce((sum, count) => sum + count, 0),
  };
}

async function fullFor({ holdMs, jobsPerSec }: FullSize, name: TargetName, proof: Proof): Promise<Episode> {
  const { broker, random, history } = proof;
  const target: Target = FULL_TARGETS[name];
  const seenBefore = history.entries.length;
  const empty = await fillUp(broker, target);
  const startedAt = performance.now();
  const answers: Promise<Answer>[] = [];
  while (performance.now() - startedAt < holdMs) {
    answers.push(post(proof, HEALTHY.tiny(random), performance.now() - startedAt));
    await wait(Math.max(0, (answers.length * 1_000) / jobsPerSec - (performance.now() - startedAt)));
  }
  const settled = await Promise.all(answers);
  await empty();
  const freedAt = performance.now();
  const goesOn = await until(async () => {
    const { job } = await post(proof, HEALTHY.tiny(random), 0);
    return job !== undefined && (await leftAfter(proof, [job], goesOnWithinMs)).length === 0;
  }, goesOnWithinMs);
  const goesOnAfterMs = goesOn ? Math.round(performance.now() - freedAt) : undefined;
  const accepted = settled.flatMap(({ job }) => job ?? []);
  const left = await leftAfter(proof, accepted, endWithinMs);
  const stalls = longestStalls(history.entries.slice(seenBefore), STILL_MS_MAX);
  return {
    target: name,
    accepted: accepted.length,
    left,
    goesOnAfterMs,
    stillMs: Math.max(0, ...stalls.map(({ forMs }) => forMs)),
    notDeleted: await deleteEnded(proof),
    refused: settled.filter(({ status }) => status === 503).length,
    acceptedLate: settled.filter(({ job, askedAtMs }) => job !== undefined && askedAtMs > seesFullWithinMs).length,
    misnamed: settled.flatMap(({ refusal }) => (refusal !== undefined && namesAnother(refusal, target) ? [refusal] : [])),
    odd: settled.flatMap(({ odd }) => odd ?? []),
  };
}

/** Resolves with the refusals. */
async function deleteEnded({ gateways: [gateway] }: Proof): Promise<string[]> {
  const refusals: string[] = [];
  let cursor: string | undefined;
  do {
    const answer = await fetch(`${gateway}/v1/jobs/bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'delete', cursor }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (!answer.ok) return [...refusals, `${answer.status} ${(await answer.text()).slice(0, 200)}`];
    const page = (await answer.json()) as RestAnswer<'BulkPage'>;
    refusals.push(...page.failures.map(({ job_id, detail }) => `${job_id}: ${detail}`));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return refusals;
}

interface Answer {
  status: number;
  askedAtMs: number;
  job?: string;
  /** What it says of a 503. */
  refusal?: string;
  odd?: string;
}

/** Pure. */
export function namesAnother(refusal: string, { called }: Pick<Target, 'called'>): boolean {
  const named = /is full: ((?:stream|bucket) \S+)/.exec(refusal)?.[1];
  return named !== undefined && named !== called;
}

async function post({ gateways: [gateway] }: Proof, { kind, params, chunks }: Order, askedAtMs: number): Promise<Answer> {
  try {
    const answer = await fetch(`${gateway}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind, params, chunks }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await answer.text();
    const { status } = answer;
    if (status === 202) return { status, askedAtMs, job: (JSON.parse(text) as { job_id: string }).job_id };
    const isFit = status === 503 && Number(answer.headers.get('retry-after')) > 0 && text.includes('detail');
    return isFit ? { status, askedAtMs, refusal: text } : { status, askedAtMs, odd: `${status} ${text.slice(0, 200)}` };
  } catch (error) {
    return { status: 0, askedAtMs, odd: `no answer: ${String(error)}` };
  }
}

/** Pure. */
export function fullBreaks({ episodes, turnMsMax, rebuilt }: FullRun): string[] {
  return [
    ...episodes.flatMap(
      ({ target, accepted, refused, acceptedLate, misnamed, odd, left, goesOnAfterMs, stillMs, notDeleted }) => [
        ...(misnamed.length === 0
          ? []
          : [`${target} is full, and ${misnamed.length} submits were refused for another: ${misnamed[0]}`]),
        ...(odd.length === 0 ? [] : [`${target} is full, and ${odd.length} submits were answered with ${odd[0]}`]),
        ...(left.length === 0
          ? []
          : [`${left.length} of ${accepted} jobs accepted while ${target} was full have not ended: ${left[0]}`]),
        ...(goesOnAfterMs === undefined ? [`nothing goes on after ${target} was full`] : []),
        ...(notDeleted.length === 0
          ? []
          : [`${notDeleted.length} jobs that were over after ${target} was full were not deleted: ${notDeleted[0]}`]),
        // What holds up work by being full makes no partition move; whether it does afterwards is what the others state.
        ...(FULL_TARGETS[target].holdsUpWork === false && stillMs > STILL_MS_MAX
          ? [`${target} is full, which concerns no job, and a partition stood still for ${stillMs} ms`]
          : []),
        ...refusalsOf(FULL_TARGETS[target].holdsUpWork, target, acceptedLate, refused),
      ],
    ),
    ...(turnMsMax <= TURN_MS_MAX ? [] : [`a turn took ${turnMsMax} ms`]),
    ...(rebuilt === 0 ? [] : [`${rebuilt} jobs were rebuilt by a watchdog`]),
  ];
}

function refusalsOf(holdsUpWork: Target['holdsUpWork'], target: TargetName, acceptedLate: number, refused: number): string[] {
  if (holdsUpWork === true)
    return acceptedLate === 0 ? [] : [`${target} is full, and ${acceptedLate} jobs were accepted all the same`];
  return holdsUpWork === 'either' || refused === 0
    ? []
    : [`${target} is full, which concerns no job, and ${refused} submits were refused`];
}

function lineOf({ target, accepted, refused, left, goesOnAfterMs, stillMs, notDeleted }: Episode): string {
  return `${target}: ${accepted} accepted, ${refused} refused, ${left.length} left, goes on after ${goesOnAfterMs ?? '–'} ms, longest stand-still ${stillMs} ms, ${notDeleted.length} not deleted`;
}

export function tellFull(verdict: Verdict<FullRun>): number {
  const { episodes, turnMsMax, rebuilt } = verdict.run;
  return tellProof(
    'full-limits',
    'whatever is full, a submit is refused with 503 or its job ends',
    `${episodes.map(lineOf).join('\n')}\nlongest turn told of ${turnMsMax} ms, ${rebuilt} rebuilt`,
    verdict,
  );
}
