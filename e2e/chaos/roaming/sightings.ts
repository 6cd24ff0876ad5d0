/** What watchers saw of jobs against what was stored: nobody may see a job fall back, nor a state that was old. Pure. */
import { isFinal, type JobView } from '@manyhands/proto';

/** How far a job is, as far as watchers care. */
export interface Standing {
  job: string;
  round: number;
  completed: number;
  isOver: boolean;
}

export interface Sighting extends Standing {
  atMs: number;
  /** Who saw it: one who must never see a job fall back. */
  watcher: string;
  /** Where and how, e.g. `list of gateway-1`. */
  through: string;
}

export type Stored = Standing & { atMs: number };

/** What a watcher may be shown is at most so old. */
export const PAST_MS_MAX = 5_000;

export function standingOf({
  job_id: job,
  round = 0,
  completed_chunks: completed,
  status,
}: Pick<JobView, 'job_id' | 'round' | 'completed_chunks' | 'status'>): Standing {
  return { job, round, completed, isOver: isFinal(status) };
}

/** Both in the order in which they happened. */
export function pastsSeen(sightings: readonly Sighting[], stored: readonly Stored[]): string[] {
  return [...fallsOf(sightings), ...oldOnes(sightings, stored)];
}

function fallsOf(sightings: readonly Sighting[]): string[] {
  const newest = new Map<string, Sighting>();
  return sightings.flatMap((seen) => {
    const slot = `${seen.watcher} ${seen.job}`;
    const before = newest.get(slot);
    if (before !== undefined && isBehind(seen, before))
      return [`${seen.watcher} saw ${seen.job} fall from ${told(before)} to ${told(seen)}`];
    newest.set(slot, seen);
    return [];
  });
}

function oldOnes(sightings: readonly Sighting[], stored: readonly Stored[]): string[] {
  const byJob = Map.groupBy(stored, ({ job }) => job);
  return sightings.flatMap((seen) => {
    const known = byJob.get(seen.job)?.findLast(({ atMs }) => atMs < seen.atMs - PAST_MS_MAX);
    return known === undefined || !isBehind(seen, known)
      ? []
      : [
          `${seen.watcher} was shown ${told(seen)} of ${seen.job}, ${((seen.atMs - known.atMs) / 1_000).toFixed(1)} s after ${howFar(known)} was stored`,
        ];
  });
}

function isBehind(a: Standing, b: Standing): boolean {
  if (a.round !== b.round) return a.round < b.round;
  return a.completed < b.completed || (b.isOver && !a.isOver);
}

function howFar({ round, completed, isOver }: Standing): string {
  return `${completed} chunks${isOver ? ', over' : ''}${round > 0 ? `, round ${round}` : ''}`;
}

function told(seen: Sighting): string {
  return `${howFar(seen)} (${seen.through}, at ${(seen.atMs / 1_000).toFixed(1)} s)`;
}
