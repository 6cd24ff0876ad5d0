/** What this system is to reach, each against a figure of the same run. */
import { availableParallelism } from 'node:os';
import { progressWorkloads } from './bridge/progress.ts';
import { OURS, OURS_ONE_CHUNK, OURS_ONE_THREAD, type Durability } from './contender.ts';
import { figureOf, formatted, type BenchResult } from './result.ts';
import { fairness } from './workloads/fairness.ts';
import { concurrentJobs, fanOut, jobsInSequence } from './workloads/jobs.ts';
import { lists } from './workloads/lists.ts';
import { million } from './workloads/million.ts';
import { overhead } from './workloads/overhead.ts';
import { primes } from './workloads/primes.ts';
import { requests } from './workloads/requests.ts';
import { submitRate } from './workloads/submit-rate.ts';
import { tracedShare } from './workloads/traced-share.ts';
import { waitingCalls, waitingInOneThread } from './workloads/waiting.ts';

interface Goal {
  durability: Durability;
  workload: { name: string };
  figure: string;
  /** Default: this system. */
  who?: string;
  /** Of the same workload and figure; otherwise `limit` is the figure itself. */
  against?: string;
  atLeast?: number;
  atMost?: number;
}

const [flow, plain, bee, graphile] = ['BullMQ flow', 'BullMQ plain + counter', 'bee-queue', 'graphile-worker batched'];
const classes: readonly Durability[] = ['always', '1s'];

const goals: readonly Goal[] = [
  { durability: 'always', workload: fanOut, figure: 'chunks/s', against: graphile, atLeast: 5 },
  { durability: '1s', workload: fanOut, figure: 'chunks/s', against: flow, atLeast: 20 },
  { durability: '1s', workload: fanOut, figure: 'chunks/s', who: OURS_ONE_CHUNK, against: flow, atLeast: 1 },
  { durability: '1s', workload: lists, figure: 'items/s', atLeast: 20_000 },
  { durability: '1s', workload: lists, figure: 'items/s', against: plain, atLeast: 5 },
  ...classes.map((durability): Goal => ({ durability, workload: million, figure: 'chunks/s', atLeast: 500_000 })),
  ...classes.map((durability): Goal => ({ durability, workload: million, figure: 'coordinator grown MB', atMost: 5 })),
  ...classes.map((durability): Goal => ({ durability, workload: million, figure: 'view KB', atMost: 64 })),
  { durability: '1s', workload: jobsInSequence, figure: 'p50 ms', against: flow, atMost: 1 },
  { durability: '1s', workload: jobsInSequence, figure: 'p50 ms', against: bee, atMost: 1 },
  { durability: 'always', workload: jobsInSequence, figure: 'p50 ms', against: graphile, atMost: 1.5 },
  { durability: '1s', workload: concurrentJobs, figure: 'jobs/s', against: flow, atLeast: 2 },
  { durability: '1s', workload: concurrentJobs, figure: 'jobs/s', against: bee, atLeast: 1 },
  { durability: 'always', workload: concurrentJobs, figure: 'jobs/s', against: graphile, atLeast: 1.5 },
  ...classes.map((durability): Goal => ({ durability, workload: submitRate, figure: 'signed in share', atLeast: 0.85 })),
  { durability: '1s', workload: tracedShare, figure: 'share that is left', atLeast: 0.97 },
  { durability: '1s', workload: waitingCalls, figure: 'chunks/s', against: flow, atLeast: 1 },
  ...classes.flatMap((durability): Goal[] => [
    { durability, workload: waitingInOneThread, who: OURS_ONE_THREAD, figure: 'times a bare loop', atMost: 1.25 },
    { durability, workload: waitingInOneThread, who: OURS_ONE_THREAD, figure: 'worker MB', atMost: 250 },
  ]),
  ...requests.map((workload): Goal => ({
    durability: '1s',
    workload,
    who: OURS_ONE_THREAD,
    figure: 'share of a bare loop',
    atLeast: 0.7,
  })),
  ...classes.map((durability): Goal => ({ durability, workload: primes(1e10, 0, 0), figure: 'efficiency', atLeast: 0.9 })),
  ...classes.map((durability): Goal => ({ durability, workload: primes(1e9, 0, 0), figure: 'efficiency', atLeast: 0.5 })),
  ...fairness.map((workload): Goal => ({ durability: 'always', workload, figure: 'times as long', atMost: 2 })),
  ...overhead(availableParallelism())
    .filter(({ name }) => name.includes(' 10 ms'))
    .map((workload): Goal => ({ durability: 'always', workload, figure: 'overhead %', atMost: 5 })),
  ...progressWorkloads()
    .filter(({ name }) => name.startsWith('progress to 5,000 WebSockets'))
    .map((workload): Goal => ({ durability: 'always', workload, figure: 'p99 ms', atMost: 250 })),
];

export interface GoalSeen {
  /** What was to be reached, as a sentence without a verdict. */
  goal: string;
  /** The ratio, or the figure itself. */
  seen: number;
  wanted: string;
  reached: boolean;
}

/** Goals whose figures were measured. */
export function goalsSeen(result: BenchResult): GoalSeen[] {
  return goals.flatMap((goal) => {
    const { durability, workload, figure, who = OURS, against, atLeast, atMost } = goal;
    const ours = figureOf(result, durability, workload.name, who, figure);
    const theirs = against === undefined ? 1 : figureOf(result, durability, workload.name, against, figure);
    if (ours === undefined || theirs === undefined) return [];
    const seen = ours / theirs;
    return {
      goal: `${durability}: ${workload.name}, ${figure}, ${who}${against === undefined ? '' : ` : ${against}`}`,
      seen,
      wanted: atLeast === undefined ? `≤ ${formatted(atMost!)}` : `≥ ${formatted(atLeast)}`,
      reached: atLeast === undefined ? seen <= atMost! : seen >= atLeast,
    };
  });
}
