/**
 * Workers and coordinators are replaced in good order again and again while chunks run that take longer than any of them has: no chunk is charged for it, and every job ends right.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { keys, limits, LOCAL_TENANT, STREAMS, type JobView, type WorkerHeartbeat } from '@manyhands/proto';
import { openBucket } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { sumOf } from '../containment/chunk-value.ts';
import { submitOrder } from '../containment/submit.ts';
import { until } from '../ordeal/ordeal.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface RollingRun {
  jobs: number;
  /** Leases that workers handed over when they ended in good order, in the middle of a chunk. */
  handedOver: number;
  /** Chunks that were charged with a run. */
  retries: number;
  dead: number;
  left: readonly string[];
  wrong: readonly string[];
}

export interface RollingSize {
  rounds: number;
  chunkMs: number;
}

/** Of each round a worker is gone for a moment, having had its chunks for less than they take. */
export const ROLLING: RollingSize = { rounds: 30, chunkMs: 8_000 };
export const ROLLING_SHORT: RollingSize = { rounds: 6, chunkMs: 8_000 };

const chunks = 4;
/** More hand-overs of a lease than deaths that are taken as its own doing. */
const handedOverMin = chunks * (limits.deliveriesMax + 1);
const jobs = 1;
/** Less than a chunk, also with the second of the drain. */
const runsMs = 500;
const busyWithinMs = 30_000;
const endWithinMs = 120_000;

export function runRolling(
  size: RollingSize,
  seed: number,
  folder: string,
  planted?: ContainmentBugName,
): Promise<Verdict<RollingRun>> {
  return prove(
    'rolling-deploys',
    { coordinators: 2, computes: 2, slots: 2, ...(planted && { planted }) },
    seed,
    folder,
    (proof) => go(proof, size),
    rollingBreaks,
  );
}

async function go(proof: Proof, { rounds, chunkMs }: RollingSize): Promise<RollingRun> {
  const { system, broker, ends } = proof;
  let handedOver = 0;
  const unhear = system.onPrinted((name, line) => {
    if (name.startsWith('compute')) handedOver += Number(/handing over (\d+) leases/.exec(line)?.[1] ?? 0);
  });
  const submitted = await Promise.all(
    Array.from({ length: jobs }, () =>
      submitOrder(proof, { kind: 'steady', params: { ms: chunkMs, every: 0, salt: 0 }, chunks, attempts: 1 }),
    ),
  );
  const isOver = (): boolean => submitted.every((job) => ends.has(job));
  // On a slow machine a worker may be told to end before it has as many chunks as it has slots, so it takes more rounds.
  for (let round = 0; round < rounds || (handedOver < handedOverMin && round < 2 * rounds); round += 1) {
    // A worker that is not up yet has nothing to hand over.
    await until(async () => isOver() || (await bothCompute(broker)), busyWithinMs);
    if (isOver()) break;
    await wait(runsMs);
    // Both at once, or what one hands over would be done by the other.
    await Promise.all(['compute-1', 'compute-2'].map(async (worker) => (await system.leave(worker), system.join(worker))));
    if (round % 4 === 3) {
      const coordinator = round % 8 === 3 ? 'coordinator-1' : 'coordinator-2';
      await system.leave(coordinator);
      system.join(coordinator);
    }
  }
  unhear();
  const left = await leftAfter(proof, submitted, endWithinMs);
  const views = await openBucket(broker, 'jobs');
  const retries = await Promise.all(
    submitted.map(
      async (job) =>
        (JSON.parse(new TextDecoder().decode((await views.get(keys.job(LOCAL_TENANT, job)))?.value)) as JobView).retries,
    ),
  );
  const right = String(sumOf(chunks).sum);
  const { state } = await broker.manager.streams.info(STREAMS.dead.name);
  return {
    jobs,
    handedOver,
    retries: retries.reduce((sum, each) => sum + each, 0),
    dead: state.messages,
    left,
    wrong: submitted.filter((job) => ends.has(job) && ends.get(job)!.answer !== right),
  };
}

async function bothCompute(broker: Broker): Promise<boolean> {
  const beats = await (await openBucket(broker, 'workers')).entries();
  const busy = beats
    .map(({ value }) => JSON.parse(new TextDecoder().decode(value)) as WorkerHeartbeat)
    .filter(({ draining, busy_slots: slots }) => !draining && slots > 0);
  return busy.length >= 2;
}

/** Pure. */
export function rollingBreaks({ handedOver, retries, dead, left, wrong }: RollingRun): string[] {
  return [
    ...(handedOver >= handedOverMin
      ? []
      : [`${handedOver} leases were handed over, fewer than ${handedOverMin}, so nothing was tried`]),
    ...(retries === 0 ? [] : [`${retries} runs were charged to chunks for orderly ends`]),
    ...(dead === 0 ? [] : [`${dead} dead letters`]),
    ...left.map((job) => `${job} has not ended`),
    ...wrong.map((job) => `${job} has a wrong answer`),
  ];
}

export function tellRolling(verdict: Verdict<RollingRun>): number {
  const { jobs: count, handedOver, left } = verdict.run;
  return tellProof(
    'rolling-deploys',
    'an orderly end of a worker never counts against a chunk',
    `${handedOver} leases handed over in the middle of a chunk, ${count - left.length} of ${count} jobs ended`,
    verdict,
  );
}
