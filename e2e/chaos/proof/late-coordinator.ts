/** Results of a quarter of a megabyte each, the most that travels in a message, wait in MAILBOX, for a coordinator that starts late: it must fold them without being cut off. */
import { STREAMS } from '@manyhands/proto';
import { storedSubjects } from '@manyhands/broker';
import { submitOrder } from '../containment/submit.ts';
import { digestOf } from '../containment/seen.ts';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { until } from '../ordeal/ordeal.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface LateSize {
  results: number;
  foldWithinMs: number;
}

export interface LateRun extends LateSize {
  /** Megabytes that waited. */
  waitingMb: number;
  left: readonly string[];
  wrong: readonly string[];
  foldedInMs: number;
  slowConsumers: number;
  /** Made while the coordinator folded, its own first one left out. */
  reconnects: number;
}

export const LATE: LateSize = { results: 1_070, foldWithinMs: 5 * 60_000 };
/** More than a server keeps for one client (64 MB) before it cuts it off. */
export const LATE_SHORT: LateSize = { results: 500, foldWithinMs: 60_000 };
const bytes = 255_000;
const answer = digestOf(JSON.stringify('x'.repeat(bytes)));
const submittersMax = 8;
const patienceMs = 180_000;
/** The coordinator, and the passing connections of whoever looks. */
const connectionsExpected = 1;

export function runLate(size: LateSize, seed: number, folder: string, planted?: ContainmentBugName): Promise<Verdict<LateRun>> {
  return prove('late-coordinator', { ...(planted && { planted }) }, seed, folder, (proof) => go(size, proof), lateBreaks);
}

async function go(size: LateSize, proof: Proof): Promise<LateRun> {
  const { system, broker } = proof;
  const computes = await Promise.all(['compute-1', 'compute-2'].map((name) => pidWhenUp(system, name)));
  for (const pid of computes) signal(pid, 'SIGSTOP');
  const jobs: string[] = [];
  const submitter = async (): Promise<void> => {
    while (jobs.length < size.results) {
      const place = jobs.push('') - 1;
      jobs[place] = await submitOrder(proof, { kind: 'given', params: { give: 'large', size: bytes }, chunks: 1 });
    }
  };
  await Promise.all(Array.from({ length: submittersMax }, submitter));
  const work = async (): Promise<number> => (await broker.manager.streams.info(STREAMS.work.name)).state.messages;
  await until(async () => (await work()) >= size.results, patienceMs);
  await system.leave('coordinator-1');
  for (const pid of computes) signal(pid, 'SIGCONT');
  await until(async () => (await work()) === 0, patienceMs);
  const { subjects } = await storedSubjects(broker, 'mailbox', 'job.*.*.result.>');
  const waitingMb = (subjects.length * bytes) / 1e6;

  const before = await proof.server();
  const startedAt = performance.now();
  system.join('coordinator-1');
  const left = await leftAfter(proof, jobs, size.foldWithinMs);
  const foldedInMs = Math.round(performance.now() - startedAt);
  const after = await proof.server();
  const wrong = jobs.filter((job) => proof.ends.has(job) && proof.ends.get(job)!.answer !== answer);
  return {
    ...size,
    waitingMb,
    left,
    wrong,
    foldedInMs,
    slowConsumers: after.slowConsumers,
    reconnects: after.connections - before.connections - connectionsExpected,
  };
}

/** Pure. */
export function lateBreaks({ results, waitingMb, left, wrong, slowConsumers, reconnects }: LateRun): string[] {
  return [
    ...(waitingMb >= (results * bytes) / 1e6 ? [] : [`only ${waitingMb} MB waited`]),
    ...(left.length === 0 ? [] : [`${left.length} of ${results} jobs were not folded: ${left[0]}`]),
    ...(wrong.length === 0 ? [] : [`${wrong.length} of ${results} jobs have a wrong answer: ${wrong[0]}`]),
    ...(slowConsumers === 0 ? [] : [`${slowConsumers} times somebody was cut off as a slow consumer`]),
    ...(reconnects <= 1 ? [] : [`${reconnects} connections were made anew`]),
  ];
}

export function tellLate(verdict: Verdict<LateRun>): number {
  const { results, waitingMb, foldedInMs, slowConsumers, reconnects } = verdict.run;
  return tellProof(
    'late-coordinator',
    'a backlog of large results is folded, and nobody is cut off',
    `${results} results, ${waitingMb} MB waited; folded in ${foldedInMs} ms; ${slowConsumers} slow consumers, ${reconnects} reconnects`,
    verdict,
  );
}
