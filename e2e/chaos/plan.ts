/**
 * What breaks when: a pure function of the seed, so a run that found something can be repeated.
 *
 * Three rows of faults run side by side: kills of services, pauses of services, and faults of the broker. Always true: a service that is
 * paused is not killed meanwhile (it would not outlast its ack wait), and the broker has one fault at a time with time to
 * come back in between, because two lost servers of three are an outage and not a fault to survive.
 */
import { Random } from '../simulation/random.ts';
import { serviceNames, type Stage } from './profile.ts';

/** Whose leader a fault of a cluster aims at; `any` takes a server by chance. */
export const ROLES = ['meta', 'MAILBOX', 'WORK', 'KV_jobs', 'consumer', 'any'] as const;
export type Role = (typeof ROLES)[number];

/** `isolate`: one server sees nobody; `bridge`: it and one other do not see each other; `deaf`: it sends but hears nothing. */
export const SHAPES = ['isolate', 'bridge', 'deaf'] as const;
export type Shape = (typeof SHAPES)[number];

export type Fault = { atMs: number } & (
  | { kind: 'kill'; target: string }
  | { kind: 'pause'; target: string; forMs: number }
  | { kind: 'kill-server'; role: Role }
  | { kind: 'pause-server'; role: Role; forMs: number }
  | { kind: 'partition'; role: Role; shape: Shape; forMs: number }
);

/** Pauses last longer than the ack wait of a lease (10 s), so that what the sleeper holds is given to another. */
export const PAUSE_MS = [10_500, 14_000] as const;
const calmAtStartMs = 1_500;
const pauseGapMs = [3_000, 10_000] as const;
/**
 * Between the end of one fault of the broker and the next: a restart fits in, or a restart and the elections after it. With 6 to 10 s a
 * cluster was hit again before it had a leader of everything, which made an outage of many small faults.
 */
export const BROKER_GAP_MS: Readonly<Record<1 | 3, readonly [number, number]>> = { 1: [3_000, 8_000], 3: [8_000, 13_000] };

export function planOf(seed: number, stage: Stage): Fault[] {
  const random = new Random(seed);
  const pauses = pausesOf(random, stage);
  return [...pauses, ...killsOf(random, stage, pauses), ...brokerFaultsOf(random, stage)].sort((one, other) => one.atMs - other.atMs);
}

/** When the last fault of a plan is over. */
export function endOf(plan: readonly Fault[]): number {
  return Math.max(0, ...plan.map((fault) => fault.atMs + ('forMs' in fault ? fault.forMs : 0)));
}

type Pause = Extract<Fault, { kind: 'pause' }>;

function pausesOf(random: Random, stage: Stage): Pause[] {
  const sleepers = serviceNames(stage).filter((name) => /^(coordinator|compute)/.test(name));
  let atMs = calmAtStartMs;
  return Array.from({ length: stage.servicePauses }, () => {
    atMs += random.whole(...pauseGapMs);
    const pause: Pause = { atMs, kind: 'pause', target: random.one(sleepers), forMs: random.whole(...PAUSE_MS) };
    atMs += pause.forMs;
    return pause;
  });
}

function killsOf(random: Random, stage: Stage, pauses: readonly Pause[]): Fault[] {
  let atMs = calmAtStartMs;
  return Array.from({ length: stage.serviceKills }, () => {
    atMs += random.whole(...stage.serviceKillGapMs);
    const awake = serviceNames(stage).filter((name) => !pauses.some((pause) => pause.target === name && atMs >= pause.atMs - 1_000 && atMs <= pause.atMs + pause.forMs));
    return { atMs, kind: 'kill' as const, target: random.one(awake) };
  });
}

function brokerFaultsOf(random: Random, stage: Stage): Fault[] {
  const kinds = shuffled(random, [
    ...Array.from({ length: stage.serverKills }, () => 'kill-server' as const),
    ...Array.from({ length: stage.serverPauses }, () => 'pause-server' as const),
    ...Array.from({ length: stage.partitions }, () => 'partition' as const),
  ]);
  let atMs = calmAtStartMs;
  return kinds.map((kind): Fault => {
    atMs += random.whole(...BROKER_GAP_MS[stage.servers]);
    const role = random.one(ROLES);
    if (kind === 'kill-server') return { atMs, kind, role };
    const forMs = random.whole(...(kind === 'partition' ? stage.partitionMs : PAUSE_MS));
    const fault: Fault = kind === 'partition' ? { atMs, kind, role, shape: random.one(SHAPES), forMs } : { atMs, kind, role, forMs };
    atMs += forMs;
    return fault;
  });
}

function shuffled<Item>(random: Random, items: Item[]): Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.whole(0, last);
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
