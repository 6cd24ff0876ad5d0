/** How much is thrown at the system, and for how long: the sizes of a chaos run, as plain data. */
export const PROFILE_NAMES = ['short', 'ci', 'full'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** One system, started, tormented, brought to rest and checked. */
export interface Stage {
  name: 'single' | 'cluster';
  /** nats-servers; streams have as many replicas. */
  servers: 1 | 3;
  gateways: number;
  coordinators: number;
  computes: number;
  /** SIGKILLs of gateways, coordinators, computes and metrics. */
  serviceKills: number;
  /** Milliseconds between two of them, from and to. */
  serviceKillGapMs: readonly [number, number];
  /** SIGKILLs of a nats-server, biased to leaders where there are several. */
  serverKills: number;
  /** SIGSTOPs of coordinators and computes beyond the ack wait. */
  servicePauses: number;
  /** SIGSTOPs of a nats-server beyond the ack wait. */
  serverPauses: number;
  /** Broken links between nats-servers. */
  partitions: number;
  partitionMs: readonly [number, number];
  /** Jobs on their way at any time. */
  clients: number;
  /** Submitting goes on until the plan is through and both are reached. */
  jobsMin: number;
  chunksMin: number;
}

const single: Stage = {
  name: 'single',
  servers: 1,
  gateways: 2,
  coordinators: 2,
  computes: 3,
  serviceKills: 100,
  serviceKillGapMs: [1_000, 3_000],
  serverKills: 20,
  servicePauses: 4,
  serverPauses: 1,
  partitions: 0,
  partitionMs: [5_000, 15_000],
  clients: 4,
  jobsMin: 60,
  chunksMin: 6_000,
};

const cluster: Stage = {
  ...single,
  name: 'cluster',
  servers: 3,
  serviceKills: 40,
  serviceKillGapMs: [2_000, 8_000],
  serverKills: 15,
  servicePauses: 3,
  serverPauses: 2,
  partitions: 10,
  jobsMin: 40,
  chunksMin: 4_000,
};

export const PROFILES: Readonly<Record<ProfileName, readonly Stage[]>> = {
  short: [{ ...single, serviceKills: 6, serverKills: 2, servicePauses: 0, serverPauses: 0, clients: 3, jobsMin: 6, chunksMin: 400 }],
  ci: [single, cluster],
  full: [
    { ...single, serviceKills: 1_100, serverKills: 200, servicePauses: 75, serverPauses: 20, jobsMin: 700, chunksMin: 70_000 },
    { ...cluster, serviceKills: 400, serverKills: 150, servicePauses: 75, serverPauses: 20, partitions: 150, jobsMin: 300, chunksMin: 30_000 },
  ],
};

/** Names of the processes a stage keeps alive besides nats-server. */
export function serviceNames(stage: Stage): string[] {
  const several = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
  return [...several('gateway', stage.gateways), ...several('coordinator', stage.coordinators), ...several('compute', stage.computes), 'metrics'];
}
