/** What one sequence is about: the jobs, who works on them, and the weather. All of it follows from the seed. */
import { partitionOf } from '@manyhands/proto';
import { PARTITION } from './broker/simulated-broker.ts';
import { hostilityOf, withMoreChunks, type ChunkFate, type SimulatedJob } from './hostility.ts';
import { keptOrderOf } from './kept-order.ts';
import { Random } from './random.ts';

export type { SimulatedJob } from './hostility.ts';

export interface Scenario {
  seed: number;
  jobs: readonly SimulatedJob[];
  coordinators: number;
  workers: number;
  slots: number;
  /** Steps during which things go wrong; after that everything must come to rest. */
  stormySteps: number;
  /** Chance of a fault at each step of the storm. */
  faults: number;
  /** Chance that a single request or answer gets lost, and that an answer comes late. */
  lost: number;
  late: number;
  /** Chance that a write over an expected sequence is refused for nothing. */
  refused: number;
  /** Chance that a coordinator freezes right after one request of it was carried out, for longer than its pin lasts. */
  frozen: number;
  snapshotTurns: number;
  /** Milliseconds after its end until the mailbox of a job is emptied. */
  tidyAfterMs: number;
  /** Of a job whose saved state becomes unreadable the view does too: during the storm, and once when all have ended. */
  isDamagedTwice: boolean;
}

/** Job ids of the one partition the simulation runs. */
const jobIds = idsOfPartition(8);

/** From this seed on the answers of all jobs keep an order, or are lines; below it none do, so a seed that found something stands for the same as before. */
export const KEPT_ORDER_FROM = 1_000_000;
/**
 * From this seed on jobs are as below `KEPT_ORDER_FROM`, and either their submissions come again at any time, or state and view of one may become unreadable together. Not both: an owner that was replaced may
 * write over a view that cannot be read, and then a repeat is not known for what it is.
 */
export const COMES_AGAIN_FROM = 2_000_000;
/** What partials may look like is a matter of those below. */
const KEPT_NATURES = ['plain', 'plain', 'wordy'] as const;

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const more = new Random(seed ^ 0x0b5e55ed);
  const calm = random.chance(0.1);
  return {
    seed,
    jobs: Array.from({ length: random.one([1, 1, 1, 2, 3]) }, (_, index) => {
      const job = jobOf(jobIds[index]!, random, more);
      if (seed < KEPT_ORDER_FROM) return job;
      const own = new Random(seed ^ (index << 8) ^ 0x11e5);
      if (seed < COMES_AGAIN_FROM) return inOrder(job, own);
      return seed % 2 === 0 ? comingAgain(job, own) : job;
    }),
    coordinators: random.one([1, 2, 2, 3]),
    workers: random.one([1, 2, 3]),
    slots: random.one([1, 2, 2, 4]),
    stormySteps: calm ? 0 : random.one([60, 200, 600]),
    faults: calm ? 0 : random.one([0.003, 0.01, 0.03]),
    lost: calm ? 0 : random.one([0, 0.01, 0.05]),
    late: calm ? 0 : random.one([0, 0.02, 0.1]),
    refused: calm ? 0 : random.one([0, 0, 0.05, 0.2]),
    frozen: calm ? 0 : more.one([0, 0, 0, 0.005, 0.02]),
    snapshotTurns: random.one([1, 2, 3, 8]),
    tidyAfterMs: more.one([100, 2_000, 30_000]),
    isDamagedTwice: seed >= COMES_AGAIN_FROM && seed % 2 === 1,
  };
}

function jobOf(id: string, random: Random, more: Random): SimulatedJob {
  const chunks = random.chance(0.85) ? random.whole(1, 12) : random.whole(13, 80);
  const bad = random.one([0, 0, 0, 0.05, 0.3, 1]);
  const policy = random.one(['fail', 'continue'] as const);
  const cancelAfterSteps = random.chance(0.12) ? random.whole(0, 400) : undefined;
  const fates = Array.from({ length: chunks }, () =>
    random.chance(bad) ? random.one<ChunkFate>(['flaky', 'flaky', 'poison', 'refused', 'killer']) : 'good',
  );
  const chunkMs = random.one([0.1, 5, 5, 40, 400]);
  const job = { id, chunks, policy, fates, chunkMs, ...hostilityOf(more, cancelAfterSteps) };
  return withMoreChunks(job, more);
}

function inOrder(job: SimulatedJob, random: Random): SimulatedJob {
  const isUsual = job.nature === 'plain' || job.nature === 'wordy';
  const nature = isUsual ? job.nature : random.one(KEPT_NATURES);
  const fates = job.fates.map((fate) => (fate === 'garbled' ? 'good' : fate));
  return { ...job, nature, fates, kept: keptOrderOf(random) };
}

/** As by a client, or another gateway, that was told nothing of the first time. */
function comingAgain(job: SimulatedJob, random: Random): SimulatedJob {
  const submits = Array.from({ length: random.whole(1, 3) }, () => ({
    what: 'submit' as const,
    afterSteps: random.whole(0, random.one([60, 600, 2_000])),
  }));
  return { ...job, commands: [...job.commands, ...submits].sort((one, other) => one.afterSteps - other.afterSteps) };
}

function idsOfPartition(count: number): string[] {
  const ids: string[] = [];
  for (let number = 0; ids.length < count; number += 1) {
    const id = `01990000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
    if (partitionOf(id) === PARTITION) ids.push(id);
  }
  return ids;
}
