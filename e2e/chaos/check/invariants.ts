/**
 * The promises, as pure functions over the history of a run. Each returns the sentences of what broke it; none means it held.
 *
 * They look only at what users, the broker and the database showed, never into a process.
 */
import { isFinal, limits, type JobStatus } from '@manyhands/proto';
import { MOVES } from '../../../services/coordinator/src/job/state.ts';
import { only, type Entry, type Sight } from '../history.ts';
import { atRest, historyEqualsEvents, replicasAgree } from './at-rest.ts';

export interface Check {
  id: string;
  says: string;
  violations(entries: readonly Entry[]): string[];
}

export const INVARIANTS: readonly Check[] = [
  { id: 'I1', says: 'every accepted job reaches exactly one final state in time', violations: everyJobEnds },
  { id: 'I2', says: 'every chunk is counted exactly once, and the answer is right', violations: everyChunkCounts },
  { id: 'I3', says: 'no result without a submit, none counted after the end', violations: nothingFromNowhere },
  { id: 'I4', says: 'no client sees a job go back', violations: nobodySeesItGoBack },
  { id: 'I5', says: 'attempts and deliveries stay within their limits', violations: attemptsAreLimited },
  { id: 'I6', says: 'at rest nothing is left', violations: atRest },
  { id: 'I7', says: 'all replicas hold the same', violations: replicasAgree },
  { id: 'I8', says: 'SQL history equals the events', violations: historyEqualsEvents },
  { id: 'I9', says: 'views walk the state machine with rising revisions', violations: viewsWalkTheStates },
  { id: 'I10', says: 'an idempotency key makes one job, however often it is sent', violations: oneJobPerKey },
  { id: 'I11', says: 'a process told to die at a crash point died there', violations: crashPointsArePassed },
];

export function violationsOf(entries: readonly Entry[], checks: readonly Check[] = INVARIANTS): string[] {
  return checks.flatMap(({ id, violations }) => violations(entries).map((violation) => `${id}: ${violation}`));
}

function everyJobEnds(entries: readonly Entry[]): string[] {
  const ends = new Map(only(entries, 'ended').map((end) => [end.job, end]));
  const cancelled = new Set(only(entries, 'cancelled').map(({ job }) => job));
  const told = countBy(only(entries, 'told').map(({ job }) => job));
  // What is stored counts as accepted, also when the user was never told.
  const accepted = new Set([...only(entries, 'submitted'), ...only(entries, 'stored-submit')].map(({ job }) => job));
  const missing = [...accepted].flatMap((job) => {
    const end = ends.get(job);
    if (end === undefined) return [`${job} was accepted and is gone`];
    if (!isFinal(end.status)) return [`${job} was accepted and is still ${end.status}`];
    if (end.status === 'cancelled' && !cancelled.has(job)) return [`${job} was cancelled by nobody`];
    if (end.status === 'failed') return [`${job} failed, although every chunk of it can be computed`];
    if (told.get(job) !== 1) return [`the end of ${job} was told ${told.get(job) ?? 0} times`];
    return [];
  });
  return [...missing, ...only(entries, 'overdue').map(({ job, afterMs }) => `${job} did not end in ${afterMs} ms`)];
}

function everyChunkCounts(entries: readonly Entry[]): string[] {
  const submits = new Map(only(entries, 'submitted').map((submit) => [submit.job, submit]));
  return only(entries, 'ended').flatMap((end) => {
    const submit = submits.get(end.job);
    const counted = Object.values(end.workers).reduce((sum, count) => sum + count, 0);
    const broken: string[] = [];
    if (counted !== end.completed) broken.push(`${end.job}: its workers counted ${counted} chunks, ${end.completed} are done`);
    if (end.status !== 'completed') return broken;
    if (submit && end.total !== submit.chunks) broken.push(`${end.job} has ${end.total} chunks, ${submit.chunks} were submitted`);
    if (submit && JSON.stringify(end.result) !== JSON.stringify(submit.expected))
      broken.push(
        `${end.job} (${submit.kind}) answers ${JSON.stringify(end.result)}, right is ${JSON.stringify(submit.expected)}`,
      );
    if (end.completed !== end.total || end.failed !== 0)
      broken.push(`${end.job} is completed with ${end.completed} done and ${end.failed} failed of ${end.total}`);
    if (JSON.stringify(end.done) !== JSON.stringify([[0, end.total]]))
      broken.push(`${end.job} is completed with the spans ${JSON.stringify(end.done)}`);
    return broken;
  });
}

function nothingFromNowhere(entries: readonly Entry[]): string[] {
  const submits = countBy(only(entries, 'stored-submit').map(({ job }) => job));
  const leases = countBy(only(entries, 'stored-result').map(({ job, lease }) => `${job} ${lease}`));
  const counts = new Map(only(entries, 'ended').map((end) => [end.job, end]));
  const firstEnds = new Map<string, Sight>();
  for (const sight of only(entries, 'revision'))
    if (isFinal(sight.status) && !firstEnds.has(sight.job)) firstEnds.set(sight.job, sight);
  return [
    ...only(entries, 'submitted').flatMap(({ job }) =>
      submits.has(job) ? [] : [`${job} was accepted, but its submit is not stored`],
    ),
    ...[...new Set([...only(entries, 'stored-result'), ...counts.values()].map(({ job }) => job))].flatMap((job) =>
      submits.has(job) ? [] : [`${job} has results or a view, but no submit`],
    ),
    ...[...leases].flatMap(([lease, count]) => (count === 1 ? [] : [`${count} results of one lease are stored: ${lease}`])),
    ...[...firstEnds.values()].flatMap(({ job, completed }) => {
      const now = counts.get(job)?.completed;
      return now === undefined || now === completed ? [] : [`${job} counted ${completed} chunks at its end and ${now} later`];
    }),
    ...only(entries, 'repeated').flatMap(({ job, outcome }) =>
      outcome.startsWith('another job') ? [`${job} submitted again became ${outcome}`] : [],
    ),
    ...[...submits].flatMap(([job, count]) => (count === 1 ? [] : [`the submit of ${job} is stored ${count} times`])),
  ];
}

function nobodySeesItGoBack(entries: readonly Entry[]): string[] {
  const last = new Map<string, Sight>();
  return only(entries, 'seen').flatMap((sight) => {
    const key = `${sight.client} ${sight.job}`;
    const before = last.get(key);
    last.set(key, sight);
    if (sight.status === 'completed' && sight.progress !== 1)
      return [`${sight.client} saw ${sight.job} completed at ${sight.progress}`];
    if (before === undefined) return [];
    if (!reachable(before.status, sight.status))
      return [`${sight.client} saw ${sight.job} go from ${before.status} to ${sight.status}`];
    if (sight.completed + sight.failed < before.completed + before.failed)
      return [
        `${sight.client} saw the count of ${sight.job} go back from ${before.completed + before.failed} to ${sight.completed + sight.failed}`,
      ];
    // A cancelled job shows what was counted; its running leases no longer add to the bar.
    if (sight.progress < before.progress && sight.status !== 'cancelled' && sight.status !== 'failed')
      return [`${sight.client} saw the bar of ${sight.job} go back from ${before.progress} to ${sight.progress}`];
    return [];
  });
}

function attemptsAreLimited(entries: readonly Entry[]): string[] {
  return only(entries, 'stored-result').flatMap(({ job, lease, about, delivery, type }) => {
    if (about.attempt >= limits.attemptsMax)
      return [`lease ${lease} of ${job} is attempt ${about.attempt + 1} of ${limits.attemptsMax}`];
    if (type === 'LeaseComputed' && delivery > limits.deliveriesMax)
      return [`lease ${lease} of ${job} was computed in delivery ${delivery} of ${limits.deliveriesMax}`];
    return [];
  });
}

function viewsWalkTheStates(entries: readonly Entry[]): string[] {
  const last = new Map<string, Extract<Entry, { what: 'revision' }>>();
  return only(entries, 'revision').flatMap((view) => {
    const before = last.get(view.job);
    // A watch that was interrupted begins again with what is there now.
    if (before?.revision === view.revision && before.status === view.status) return [];
    last.set(view.job, view);
    if (before === undefined) return [];
    if (view.revision <= before.revision)
      return [`the view of ${view.job} went from revision ${before.revision} to ${view.revision}`];
    if (isFinal(before.status)) return [`the final view of ${view.job} (${before.status}) was overwritten (${view.status})`];
    if (!reachable(before.status, view.status)) return [`${view.job} went from ${before.status} to ${view.status}`];
    if (view.completed + view.failed < before.completed + before.failed)
      return [`the stored count of ${view.job} went back from ${before.completed} to ${view.completed}`];
    return [];
  });
}

/** In any number of moves, since a watcher may miss what was overwritten at once. Nobody pauses or requeues a job in a run, so nothing leaves an end. */
function reachable(from: JobStatus, to: JobStatus, passed: readonly JobStatus[] = []): boolean {
  if (from === to) return true;
  if (isFinal(from)) return false;
  return MOVES[from].some((next) => !passed.includes(next) && reachable(next, to, [...passed, from]));
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Every submit of a run carries a key and is repeated until it is accepted: a stored job nobody was told of is a second one. */
function oneJobPerKey(entries: readonly Entry[]): string[] {
  const answered = new Set(only(entries, 'submitted').map(({ job }) => job));
  return [...new Set(only(entries, 'stored-submit').map(({ job }) => job))]
    .filter((job) => !answered.has(job))
    .map((job) => `${job} is stored, and no key was answered with it`);
}

function crashPointsArePassed(entries: readonly Entry[]): string[] {
  const crashed = new Set(only(entries, 'crashed').map(({ point }) => point));
  return only(entries, 'armed')
    .filter(({ point }) => !crashed.has(point))
    .map(({ point, process }) => `${process} never passed ${point}`);
}
