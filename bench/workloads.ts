/** All that is measured, in the order it is measured. */
import { progressWorkloads } from './bridge/progress.ts';
import type { Comparison, Workload } from './workload.ts';
import { concurrentJobs, fanOut, jobsInSequence } from './workloads/jobs.ts';
import { fairness } from './workloads/fairness.ts';
import { growthWithChunks, growthWithJobs } from './workloads/growth.ts';
import { lists } from './workloads/lists.ts';
import { million } from './workloads/million.ts';
import { newShape } from './workloads/new-shape.ts';
import { overhead } from './workloads/overhead.ts';
import { primes } from './workloads/primes.ts';
import { rawBatches, rawConsume, rawPublish } from './workloads/raw.ts';
import { requests } from './workloads/requests.ts';
import { submitRate } from './workloads/submit-rate.ts';
import { tracedShare } from './workloads/traced-share.ts';
import { waitingCalls, waitingInOneThread } from './workloads/waiting.ts';

/** The first one is also asked of a system that may put only one chunk into a lease. */
export const comparisons: readonly Comparison[] = [fanOut, jobsInSequence, concurrentJobs, waitingCalls, lists];

export function workloads(slots: number): readonly Workload[] {
  return [
    rawPublish,
    rawConsume,
    ...rawBatches,
    million,
    newShape,
    submitRate,
    tracedShare,
    growthWithChunks,
    growthWithJobs,
    primes(1e9, 50_847_534, slots),
    primes(1e10, 455_052_511, slots),
    ...[...overhead(slots), ...fairness].map(inOneClass),
    ...progressWorkloads().map((workload) => ({ ...inOneClass(workload), roundsMax: 1 })),
  ];
}

/** Chunks that take their time, and progress on its way to clients, leave durability next to nothing to do. */
function inOneClass(workload: Workload): Workload {
  return { ...workload, durability: 'always' };
}

/** Asked again of a system with one slot, for how speed grows with workers. */
export function workloadsOfOneSlot(): readonly Workload[] {
  return [million, primes(1e10, 455_052_511, 1)];
}

export interface WorkloadsOfKinds {
  kinds: readonly string[];
  workloads: readonly Workload[];
  /** For each process of the system. */
  env?: Readonly<Record<string, string>>;
}

/** Asked of a system with one worker that computes only these kinds, each in one shared thread. */
export const workloadsOfOneThread: readonly WorkloadsOfKinds[] = [
  { kinds: ['wait-100'], workloads: [waitingInOneThread] },
  { kinds: ['http', 'scrape'], workloads: requests, env: { MANYHANDS_OUTSIDE_ALLOW: '127.0.0.0/8' } },
];
