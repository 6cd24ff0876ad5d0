/**
 * A coordinator freezes after it has stored that a job is paused, and before it takes the job's leases back. Others take over, the user lets the job go
 * on, and then it wakes with its old memory: the leases of the new owner must stay.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { STREAMS } from '@manyhands/proto';
import { ask } from '../containment/meddle.ts';
import { submitOrder } from '../containment/submit.ts';
import { sumOf } from '../containment/chunk-value.ts';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { only } from '../history.ts';
import { until } from '../ordeal/ordeal.ts';
import { freezeEnv } from '../system/preloaded.ts';
import { frozenAt } from '../tap/crash-points.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface FrozenRun {
  jobs: number;
  froze: boolean;
  /** Leases in WORK before the sleeper woke, and some time after; nobody computes then. */
  waiting: number;
  waitingAfter: number;
  left: readonly string[];
  wrong: readonly string[];
  /** Jobs a watchdog had to help. */
  rebuilt: number;
}

const jobs = 6;
const chunks = 40;
const chunkMs = 60;
const sleeper = 'coordinator-1';
const computer = 'compute-1';
/** Beyond the life of its heartbeat (10 s), so that the others have taken over. */
const asleepMs = 11_500;
/** Until the new owner has handed leases out. */
const goingOnMs = 3_000;
const joinsMs = 6_000;
const endWithinMs = 60_000;
const patienceMs = 20_000;

export function runFrozen(seed: number, folder: string, planted?: ContainmentBugName): Promise<Verdict<FrozenRun>> {
  return prove(
    'frozen-purge',
    { coordinators: 2, computes: 1, slots: 4, ...(planted && { planted }) },
    seed,
    folder,
    go,
    frozenBreaks,
  );
}

async function go(proof: Proof): Promise<FrozenRun> {
  const { system, broker, ends, history } = proof;
  let frozen = false;
  const unhear = system.onPrinted((name, line) => void (frozen ||= name === sleeper && frozenAt(line) !== undefined));
  system.tell(sleeper, freezeEnv(['before-lease-removal']));
  await system.leave(sleeper);
  system.join(sleeper);
  const members = async (): Promise<number> =>
    (await broker.manager.streams.info('KV_coordinators', { subjects_filter: '>' })).state.num_subjects ?? 0;
  await until(async () => (await members()) >= 2, patienceMs);
  // It takes a moment until the one who came back holds its half of the partitions.
  await wait(joinsMs);

  const submitted = await Promise.all(
    Array.from({ length: jobs }, () =>
      submitOrder(proof, { kind: 'steady', params: { ms: chunkMs, every: 0, salt: 0 }, chunks }),
    ),
  );
  const leasesWaiting = async (): Promise<number> => (await broker.manager.streams.info(STREAMS.work.name)).state.messages;
  await until(async () => (await leasesWaiting()) > 0, patienceMs);
  await wait(300);
  await Promise.all(submitted.map((job) => ask(proof, job, 'pause')));
  const froze = await until(() => frozen, patienceMs);
  const pid = await pidWhenUp(system, sleeper);
  // Nobody computes meanwhile, so the leases of the new owner wait in WORK.
  await system.leave(computer);
  await wait(asleepMs);
  await Promise.all(submitted.map((job) => ask(proof, job, 'resume')));
  await wait(goingOnMs);
  const waiting = await leasesWaiting();
  signal(pid, 'SIGCONT');
  await wait(goingOnMs);
  const waitingAfter = await leasesWaiting();
  system.join(computer);
  const left = await leftAfter(proof, submitted, endWithinMs);
  unhear();
  const right = String(sumOf(chunks).sum);
  const counts = new Map(only(history.entries, 'rebuilt').map(({ coordinator, count }) => [coordinator, count]));
  return {
    jobs,
    froze,
    waiting,
    waitingAfter,
    left,
    wrong: submitted.filter((job) => ends.has(job) && ends.get(job)!.answer !== right),
    rebuilt: [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Pure. */
export function frozenBreaks({ froze, waiting, waitingAfter, left, wrong, rebuilt }: FrozenRun): string[] {
  return [
    ...(froze ? [] : [`${sleeper} took no leases back, so nothing was tried`]),
    ...(waiting > 0 ? [] : ['no lease waited when it woke, so nothing was tried']),
    ...(waitingAfter >= waiting ? [] : [`of ${waiting} leases of the new owner ${waitingAfter} are left`]),
    ...left.map((job) => `${job} has not ended`),
    ...wrong.map((job) => `${job} has a wrong answer`),
    ...(rebuilt === 0 ? [] : [`${rebuilt} jobs had lost their leases, and a watchdog found them`]),
  ];
}

export function tellFrozen(verdict: Verdict<FrozenRun>): number {
  const { jobs: count, left } = verdict.run;
  return tellProof(
    'frozen-purge',
    'an owner that wakes up takes no leases back that are not its own',
    `${count} jobs paused, ${count - left.length} ended after their owner slept through it`,
    verdict,
  );
}
