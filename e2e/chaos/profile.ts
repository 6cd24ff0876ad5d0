/** How much is thrown at the system, and for how long: the sizes of a chaos run, as plain data. */
import { CRASH_POINTS, type CrashPoint } from './tap/crash-points.ts';
import { PLANTED_BUGS, type PlantedBugName } from './tap/planted-bugs.ts';

export const PROFILE_NAMES = ['short', 'crash-points', 'planted', 'ci', 'full'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** One system, started, put through its ordeal, brought to rest and checked. */
export interface Stage {
  name: string;
  /** What it goes through; `ordeal/` has a file for each. */
  ordeal: 'torment' | 'storm' | 'rolling' | 'crash-points';
  /** nats-servers; streams have as many replicas. */
  servers: 1 | 3;
  gateways: number;
  coordinators: number;
  computes: number;
  /** Threads of each compute. */
  slots: number;
  /** SIGKILLs of gateways, coordinators, computes and metrics. */
  serviceKills: number;
  /** Milliseconds between two of them, from and to. */
  serviceKillGapMs: readonly [number, number];
  /** SIGKILLs of a nats-server, biased to leaders where there are several. */
  serverKills: number;
  /** SIGSTOPs of services beyond the ack wait. */
  servicePauses: number;
  /** Services of all kinds cut off from the broker beyond the ack wait. */
  cutOffs: number;
  /** SIGSTOPs of a nats-server beyond the ack wait. */
  serverPauses: number;
  /** Broken links between nats-servers. */
  partitions: number;
  partitionMs: readonly [number, number];
  /**
   * Milliseconds between the end of one fault of the broker and the next: a restart fits in, or a restart and the elections after it. With
   * 6 to 10 s a cluster was hit again before it had a leader of everything, which made an outage of many small faults.
   */
  brokerGapMs: readonly [number, number];
  /** Jobs on their way at any time. */
  clients: number;
  /** Chunks of one job, from and to. */
  jobChunks: readonly [number, number];
  /** Submitting goes on until the ordeal is over and both are reached. */
  jobsMin: number;
  chunksMin: number;
  /** Milliseconds a job may take. */
  endWithinMs: number;
  /** Whether it is held to the bounds in time, which need a machine of their own. */
  bounded: boolean;
  /** Points that are walked; only of ordeal `crash-points`. */
  points: readonly CrashPoint[];
  /** The bug the system runs with, to see that the checks find it. */
  planted?: PlantedBugName;
}

const single: Stage = {
  name: 'single',
  ordeal: 'torment',
  servers: 1,
  gateways: 2,
  coordinators: 2,
  computes: 3,
  slots: 1,
  serviceKills: 100,
  serviceKillGapMs: [1_000, 3_000],
  serverKills: 20,
  servicePauses: 4,
  cutOffs: 4,
  serverPauses: 1,
  partitions: 0,
  partitionMs: [5_000, 15_000],
  brokerGapMs: [3_000, 8_000],
  clients: 4,
  jobChunks: [40, 250],
  jobsMin: 60,
  chunksMin: 6_000,
  endWithinMs: 180_000,
  bounded: true,
  points: [],
};

const cluster: Stage = {
  ...single,
  name: 'cluster',
  servers: 3,
  serviceKills: 40,
  serviceKillGapMs: [2_000, 8_000],
  serverKills: 15,
  servicePauses: 3,
  cutOffs: 3,
  serverPauses: 2,
  partitions: 10,
  brokerGapMs: [8_000, 13_000],
  jobsMin: 40,
  chunksMin: 4_000,
};

/** Nothing happens to it. */
export const CALM: Stage = {
  ...single,
  serviceKills: 0,
  serverKills: 0,
  servicePauses: 0,
  cutOffs: 0,
  serverPauses: 0,
  jobsMin: 0,
  chunksMin: 0,
};

/** A thousand leases in flight when their workers freeze. */
const storm: Stage = { ...CALM, name: 'storm', ordeal: 'storm', computes: 3, slots: 24, jobsMin: 2_500 };

const rolling: Stage = { ...CALM, name: 'rolling', ordeal: 'rolling', servers: 3 };

/** One process of each service, so that the one told to die is the one that passes. */
const crashPoints: Stage = {
  ...CALM,
  name: 'crash-points',
  ordeal: 'crash-points',
  gateways: 1,
  coordinators: 1,
  computes: 1,
  clients: 2,
  points: CRASH_POINTS,
};

const planted = (bug: PlantedBugName): Stage => ({
  ...CALM,
  name: `planted-${bug}`,
  bounded: false,
  planted: bug,
  serviceKills: 2,
  clients: 2,
  jobsMin: 8,
  endWithinMs: 15_000,
});

export const PROFILES: Readonly<Record<ProfileName, readonly Stage[]>> = {
  short: [
    {
      ...single,
      serviceKills: 6,
      serverKills: 2,
      servicePauses: 0,
      cutOffs: 0,
      serverPauses: 0,
      clients: 3,
      jobsMin: 6,
      chunksMin: 400,
      bounded: false,
    },
    { ...crashPoints, bounded: false, points: ['after-submit', 'before-finished', 'before-row'] },
  ],
  'crash-points': [crashPoints],
  planted: (Object.keys(PLANTED_BUGS) as PlantedBugName[]).map(planted),
  ci: [single, cluster, storm, rolling],
  full: [
    {
      ...single,
      serviceKills: 1_100,
      serviceKillGapMs: [1_000, 3_000],
      serverKills: 150,
      serverPauses: 4,
      servicePauses: 20,
      cutOffs: 20,
      brokerGapMs: [4_000, 12_000],
      clients: 6,
      jobChunks: [300, 1_500],
      jobsMin: 60,
      chunksMin: 75_000,
    },
    {
      ...cluster,
      serviceKills: 450,
      serviceKillGapMs: [1_000, 3_000],
      serverKills: 30,
      serverPauses: 4,
      servicePauses: 15,
      cutOffs: 15,
      partitions: 20,
      clients: 6,
      jobChunks: [300, 1_500],
      jobsMin: 40,
      chunksMin: 25_000,
    },
    storm,
    rolling,
    crashPoints,
  ],
};

/** Names of the processes a stage keeps alive besides nats-server. */
export function serviceNames(stage: Pick<Stage, 'gateways' | 'coordinators' | 'computes'>): string[] {
  const several = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
  return [
    ...several('gateway', stage.gateways),
    ...several('coordinator', stage.coordinators),
    ...several('compute', stage.computes),
    'metrics',
  ];
}
