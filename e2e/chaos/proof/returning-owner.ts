/**
 * A job ends with dead chunks on one coordinator, which then freezes; the job is requeued, and runs on another, when the first comes back and gets the
 * partition again: what it remembers of the job's end must not count any more.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal } from '@manyhands/proto';
import { ask } from '../containment/meddle.ts';
import { submitOrder } from '../containment/submit.ts';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { only } from '../history.ts';
import { until } from '../ordeal/ordeal.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface ReturningRun {
  jobs: number;
  /** Requeued, and answered with 202. */
  requeued: number;
  left: readonly string[];
  /** Watchdogs had to help so many. */
  rebuilt: number;
}

const jobs = 10;
/** A tenth of them die; requeued they die again, after three tries. */
const chunks = 60;
/** Beyond the life of its heartbeat (10 s), so that it is missed. */
const asleepMs = 12_500;
const endWithinMs = 60_000;
const sleeper = 'coordinator-1';

export function runReturning(seed: number, folder: string, planted?: ContainmentBugName): Promise<Verdict<ReturningRun>> {
  return prove(
    'returning-owner',
    { coordinators: 2, computes: 1, slots: 4, ...(planted && { planted }) },
    seed,
    folder,
    go,
    returningBreaks,
  );
}

async function go(proof: Proof): Promise<ReturningRun> {
  const { system, ends, history } = proof;
  // Until both hold half of the partitions.
  await wait(6_000);
  const submitted = await Promise.all(
    Array.from({ length: jobs }, () =>
      submitOrder(proof, { kind: 'steady', params: { ms: 20, every: 10, salt: 0 }, chunks, goesOn: true }),
    ),
  );
  await leftAfter(proof, submitted, endWithinMs);
  const pid = await pidWhenUp(system, sleeper);
  signal(pid, 'SIGSTOP');
  await wait(asleepMs);
  const answers = await Promise.all(submitted.map((job) => ask(proof, job, 'requeue')));
  await until(() => submitted.some((job) => only(history.entries, 'reopened').some((entry) => entry.job === job)), endWithinMs);
  signal(pid, 'SIGCONT');
  const over = (job: string): boolean => isFinal(ends.get(job)?.status ?? 'pending') && ends.get(job)!.round === 1;
  await until(() => submitted.every(over), endWithinMs);
  const counts = new Map(only(history.entries, 'rebuilt').map(({ coordinator, count }) => [coordinator, count]));
  return {
    jobs,
    requeued: answers.filter((status) => status === 202).length,
    left: submitted.filter((job) => !over(job)),
    rebuilt: [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Pure. */
export function returningBreaks({ jobs: count, requeued, left, rebuilt }: ReturningRun): string[] {
  return [
    ...(requeued === count ? [] : [`${requeued} of ${count} jobs could be requeued`]),
    ...left.map((job) => `${job} was requeued and has not ended again`),
    ...(rebuilt === 0 ? [] : [`nothing was under way for ${rebuilt} jobs, and a watchdog found them`]),
  ];
}

export function tellReturning(verdict: Verdict<ReturningRun>): number {
  const { jobs: count, left } = verdict.run;
  return tellProof(
    'returning-owner',
    'what an owner remembers does not outlive its partition',
    `${count} jobs requeued while their owner slept, ${count - left.length} ended again`,
    verdict,
  );
}
