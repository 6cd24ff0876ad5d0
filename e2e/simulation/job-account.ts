/** Whether one job that is over ended as it must: what its view, its event and its dead letters say, against what is computed directly. */
import { isFinal, limits, type DeadChunk, type JobFinished, type JobView, type StoredRef } from '@manyhands/proto';
import { isHealthy } from './hostility.ts';
import { chunksOfAnswer } from './kept-order.ts';
import { chunksOf } from './partials.ts';
import { chunksOfLines } from './ran.ts';
import type { SimulatedJob } from './scenario.ts';
import type { LinesLeft } from './stored-answers.ts';

export interface Account {
  view: JobView | undefined;
  /** Of the round the view is in. */
  event: JobFinished | undefined;
  /** Of the round the view is in. */
  letters: readonly DeadChunk[];
  isGoodWeather: boolean;
  /** What was saved of it was made unreadable, which is the end of a job whose mailbox is empty. */
  isGarbled: boolean;
  /** Of what it stored; they throw where not all of it is there. */
  answer: (stored: StoredRef) => string;
  lines: () => LinesLeft | undefined;
}

/** Stated alike by the view of an end and by its event. */
const SAME = ['status', 'completed_chunks', 'failed_chunks'] as const;

export function violationsOf(job: SimulatedJob, account: Account): string[] {
  const { view, event, letters, isGoodWeather, isGarbled } = account;
  if (view === undefined || !isFinal(view.status)) return [`${job.id} never ended; it is ${view?.status ?? 'unseen'}`];
  if (event === undefined) return [`nobody was told the end of ${job.id}`];
  const violations: string[] = [];
  const isQuarantined = view.error?.code === 'quarantined';
  const setAside = letters.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const expected = Math.min(view.failed_chunks, limits.deadLettersPerRoundMax);
  if (setAside !== expected && !isQuarantined)
    violations.push(`${job.id}: ${view.failed_chunks} chunks are dead, ${setAside} are set aside`);
  // Where its view could not be read any more, nobody saw the end that the event states.
  const mayDiffer = isGarbled && (isQuarantined || view.status === 'cancelled');
  for (const field of mayDiffer ? [] : SAME) {
    if (event.job[field] !== view[field])
      violations.push(`${job.id}: the event says ${field} ${event.job[field]}, the view ${view[field]}`);
  }
  if (view.status === 'completed') violations.push(...wrongResult(job, view, account));
  else if (job.kept?.output === 'lines' && view.status === 'failed' && !isQuarantined)
    violations.push(...wrongLines(job, view, account));
  const { status, error } = view;
  if (status === 'cancelled' && job.commands.every(({ what }) => what !== 'cancel'))
    violations.push(`${job.id} was cancelled by nobody`);
  if (status === 'failed' && (!error?.message || !view.detail)) violations.push(`${job.id} failed without a reason`);
  const isForgotten = isGarbled && isQuarantined && error?.message.includes('BeginningLost') === true;
  if (isQuarantined && job.trouble === undefined && !isForgotten)
    violations.push(`${job.id} was set aside, and nothing of it fails: ${error?.message}`);
  if (status === 'failed' && isHealthy(job) && !isForgotten && (isGoodWeather || error?.code !== 'worker_lost'))
    violations.push(`${job.id} failed though nothing is wrong with it: ${error?.message}`);
  return violations;
}

/** The result equals what is computed directly: every chunk once, but those given up. */
function wrongResult(job: SimulatedJob, view: JobView, account: Account): string[] {
  const { id, chunks, policy, fates } = job;
  const violations: string[] = [];
  let counted: number[];
  try {
    const inTurn = countedIn(job, view, account);
    counted = inTurn.toSorted((one, other) => one - other);
    if (job.kept && inTurn.join() !== counted.join()) violations.push(`${id} is out of order: ${inTurn.join(' ')}`);
  } catch (error) {
    return [`${id}: ${String(error)}`];
  }
  const twice = counted.filter((chunk, index) => chunk === counted[index - 1]);
  if (twice.length > 0) violations.push(`${id} counts twice: chunks ${twice.join(' ')}`);
  if (counted.length !== view.completed_chunks)
    violations.push(`${id}: ${counted.length} chunks are in the result, ${view.completed_chunks} in the view`);
  if (view.completed_chunks + view.failed_chunks !== chunks)
    violations.push(`${id}: ${view.completed_chunks} done and ${view.failed_chunks} failed are not ${chunks}`);
  if (policy === 'fail' && view.failed_chunks > 0) violations.push(`${id} is completed with gaps nobody allowed`);
  if (view.failed_chunks > 0 && !view.detail) violations.push(`${id} is completed with gaps and does not say so`);
  const dead = new Set(
    view.chunks.failed.flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, index) => begin + index)),
  );
  const expected = fates.flatMap((_, chunk) => (dead.has(chunk) ? [] : [chunk]));
  if (!view.chunks.coarse && expected.join() !== counted.join())
    violations.push(`${id}: the result is ${counted.join(' ')}, computed directly it is ${expected.join(' ')}`);
  const wrong = counted.filter((chunk) => fates[chunk] !== 'good' && fates[chunk] !== 'flaky');
  if (wrong.length > 0) violations.push(`${id} counts chunks that cannot be computed: ${wrong.join(' ')}`);
  return violations;
}

/** Which chunks are in the answer, in its order. Throws where it is not what runs left. */
function countedIn({ id, nature, kept }: SimulatedJob, view: JobView, { answer, lines }: Account): readonly number[] {
  if (kept?.output !== 'lines') {
    const value: unknown = view.stored ? JSON.parse(answer(view.stored)) : view.result;
    return kept ? chunksOfAnswer(kept, value) : chunksOf(nature, value);
  }
  const left = lines();
  if (left === undefined) throw new Error(`${id} has left no lines`);
  if (left.record.round !== (view.round ?? 0)) throw new Error(`the lines of ${id} are of round ${left.record.round}`);
  if (left.record.bytes !== Buffer.byteLength(left.lines) || view.results?.bytes !== left.record.bytes)
    throw new Error(`${id} has left ${left.lines.length} bytes, and states ${left.record.bytes} and ${view.results?.bytes}`);
  return chunksOfLines(left.lines);
}

/** Of a job that failed: the lines of what was done, each once, in order. */
function wrongLines(job: SimulatedJob, view: JobView, account: Account): string[] {
  try {
    const counted = countedIn(job, view, account);
    const isInOrder = counted.every((chunk, at) => at === 0 || chunk > counted[at - 1]!);
    if (isInOrder && counted.length === view.completed_chunks) return [];
    return [`${job.id} failed with ${view.completed_chunks} chunks done, and its lines are of ${counted.join(' ')}`];
  } catch (error) {
    return [`${job.id}: ${String(error)}`];
  }
}
