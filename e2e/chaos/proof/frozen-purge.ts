/**
 * A coordinator freezes after it has stored that a job is paused, and before it takes the job's leases back. Others take over, the user lets the job go
 * on, and then it wakes with its old memory: the leases of the new owner must stay.
 */
import { partitionsOf } from '@manyhands/actor';
import { CoordinatorHeartbeat, decode, partitionOf, PARTITIONS, STREAMS, workSubjects } from '@manyhands/proto';
import { openBucket } from '@manyhands/broker';
import type { Broker, StreamInfo } from '@manyhands/nats';
import { ask, type Wish } from '../containment/meddle.ts';
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
  /** What it was about to take back when it froze, once it had woken. */
  tookBack: boolean;
  /** Leases in WORK before the sleeper woke, and once it had taken its own back; nobody computes then. */
  waiting: number;
  waitingAfter: number;
  left: readonly string[];
  wrong: readonly string[];
  /** Jobs a watchdog had to help. */
  rebuilt: number;
}

/** Of the one that sleeps; about as many are the other's. */
const jobs = 2;
const chunks = 20;
const chunkMs = 60;
const sleeper = 'coordinator-1';
const computer = 'compute-1';
const endWithinMs = 60_000;
const patienceMs = 30_000;
/** Nothing shows which of two carries a command out while a partition is handed over, so they are asked again. */
const triesMax = 8;
const askAgainMs = 1_000;

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
  const points: string[] = [];
  const unhear = system.onPrinted((name, line) => {
    const point = name === sleeper ? frozenAt(line) : undefined;
    if (point !== undefined) points.push(point);
  });
  system.tell(sleeper, freezeEnv(['before-lease-removal', 'after-lease-removal']));
  // From here on nobody computes, so leases wait in WORK.
  await Promise.all([system.leave(computer), system.leave(sleeper)]);
  system.join(sleeper);
  const pid = await pidWhenUp(system, sleeper);
  await until(async () => (await shareOf(broker, pid)) !== undefined, patienceMs);
  const share = await shareOf(broker, pid);
  if (share === undefined) throw new Error(`${sleeper} was no member ${patienceMs} ms after its start`);

  const submitted: string[] = [];
  const ofSleeper: string[] = [];
  while (ofSleeper.length < jobs) {
    const job = await submitOrder(proof, { kind: 'steady', params: { ms: chunkMs, every: 0, salt: 0 }, chunks });
    submitted.push(job);
    if (share.includes(partitionOf(job))) ofSleeper.push(job);
  }
  const work = (): Promise<StreamInfo> => broker.manager.streams.info(STREAMS.work.name, { subjects_filter: workSubjects.all });
  const haveLeases = ({ state }: StreamInfo): boolean =>
    ofSleeper.every((job) => Object.keys(state.subjects ?? {}).some((subject) => subject.endsWith(`.${job}`)));
  await until(async () => haveLeases(await work()), patienceMs);
  const askAll = (wish: Wish): Promise<unknown> => Promise.all(submitted.map((job) => ask(proof, job, wish)));
  for (let tries = 0; points.length === 0 && tries < triesMax; tries += 1) {
    if (tries > 0) await askAll('resume');
    await askAll('pause');
    await until(() => points.length > 0, askAgainMs);
  }
  const froze = points.length > 0;
  await until(async () => (await shareOf(broker, pid)) === undefined, patienceMs);
  const { last_seq: newestBefore } = (await work()).state;
  await askAll('resume');
  // The new owner takes back what was handed out before, and hands out anew.
  await until(async () => {
    const info = await work();
    return info.state.first_seq > newestBefore && haveLeases(info);
  }, patienceMs);
  const { messages: waiting } = (await work()).state;
  signal(pid, 'SIGCONT');
  const tookBack = await until(() => points.includes('after-lease-removal'), patienceMs);
  const { messages: waitingAfter } = (await work()).state;
  signal(pid, 'SIGCONT');
  system.join(computer);
  const left = await leftAfter(proof, submitted, endWithinMs);
  unhear();
  const right = String(sumOf(chunks).sum);
  const counts = new Map(only(history.entries, 'rebuilt').map(({ coordinator, count }) => [coordinator, count]));
  return {
    jobs: submitted.length,
    froze,
    tookBack,
    waiting,
    waitingAfter,
    left,
    wrong: submitted.filter((job) => ends.has(job) && ends.get(job)!.answer !== right),
    rebuilt: [...counts.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** The partitions of the coordinator of this process, among those that are alive; undefined while it is none of them. */
async function shareOf(broker: Broker, pid: number): Promise<readonly string[] | undefined> {
  const entries = await (await openBucket(broker, 'coordinators')).entries();
  const alive = entries.map(({ value }) => decode(CoordinatorHeartbeat, value!));
  const self = alive.find((member) => member.pid === pid)?.coordinator;
  if (self === undefined) return undefined;
  return partitionsOf(
    self,
    alive.map(({ coordinator }) => coordinator),
    PARTITIONS,
  );
}

/** Pure. */
export function frozenBreaks({ froze, tookBack, waiting, waitingAfter, left, wrong, rebuilt }: FrozenRun): string[] {
  return [
    ...(froze ? [] : [`${sleeper} took no leases back, so nothing was tried`]),
    ...(tookBack ? [] : [`${sleeper} took nothing back after it woke, so nothing was tried`]),
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
