/**
 * What breaks when: a pure function of the seed, so a run that found something can be repeated.
 *
 * Three rows of faults run side by side: kills of services, hold-ups of services (paused, or cut off from the broker), and faults of the broker.
 * Invariant: a service that is held up is not killed meanwhile (it would not outlast its ack wait), one is held up at a time, and the
 * broker has one fault at a time with time to come back in between, because two lost servers of three are an outage and not a fault to survive.
 */
import { Random } from '../simulation/random.ts';
import { serviceNames, type Stage } from './profile.ts';

/** Whose leader a fault of a cluster aims at; `any` takes a server by chance. */
const ROLES = ['meta', 'MAILBOX', 'WORK', 'KV_jobs', 'consumer', 'any'] as const;
export type Role = (typeof ROLES)[number];

/** `isolate`: one server sees nobody; `bridge`: it and one other do not see each other; `deaf`: it sends but hears nothing. */
const SHAPES = ['isolate', 'bridge', 'deaf'] as const;
export type Shape = (typeof SHAPES)[number];

export type Fault = { atMs: number } & (
  | { kind: 'kill'; target: string }
  | { kind: 'pause'; target: string; forMs: number }
  | { kind: 'cut-off'; target: string; forMs: number }
  | { kind: 'kill-server'; role: Role }
  | { kind: 'pause-server'; role: Role; forMs: number }
  | { kind: 'partition'; role: Role; shape: Shape; forMs: number }
);

/** Pauses and cut-offs last longer than the ack wait of a lease (10 s), so that what is held is given to another. */
export const PAUSE_MS = [10_500, 14_000] as const;
const calmAtStartMs = 1_500;
const holdUpGapMs = [3_000, 10_000] as const;
export function planOf(seed: number, stage: Stage): Fault[] {
  const random = new Random(seed);
  const holdUps = holdUpsOf(random, stage);
  return [...holdUps, ...killsOf(random, stage, holdUps), ...brokerFaultsOf(random, stage)].sort(
    (one, other) => one.atMs - other.atMs,
  );
}

/** When the last fault of a plan is over. */
export function endOf(plan: readonly Fault[]): number {
  return Math.max(0, ...plan.map((fault) => fault.atMs + ('forMs' in fault ? fault.forMs : 0)));
}

type HoldUp = Extract<Fault, { kind: 'pause' | 'cut-off' }>;

function holdUpsOf(random: Random, stage: Stage): HoldUp[] {
  let atMs = calmAtStartMs;
  return shuffled(random, kindsOf({ pause: stage.servicePauses, 'cut-off': stage.cutOffs })).map((kind) => {
    atMs += random.whole(...holdUpGapMs);
    const target = random.one(serviceNames(stage));
    const holdUp: HoldUp = { atMs, kind, target, forMs: random.whole(...PAUSE_MS) };
    atMs += holdUp.forMs;
    return holdUp;
  });
}

function killsOf(random: Random, stage: Stage, holdUps: readonly HoldUp[]): Fault[] {
  let atMs = calmAtStartMs;
  return Array.from({ length: stage.serviceKills }, () => {
    atMs += random.whole(...stage.serviceKillGapMs);
    const awake = serviceNames(stage).filter(
      (name) =>
        !holdUps.some((holdUp) => holdUp.target === name && atMs >= holdUp.atMs - 1_000 && atMs <= holdUp.atMs + holdUp.forMs),
    );
    return { atMs, kind: 'kill' as const, target: random.one(awake) };
  });
}

function brokerFaultsOf(random: Random, stage: Stage): Fault[] {
  const kinds = shuffled(
    random,
    kindsOf({ 'kill-server': stage.serverKills, 'pause-server': stage.serverPauses, partition: stage.partitions }),
  );
  let atMs = calmAtStartMs;
  return kinds.map((kind): Fault => {
    atMs += random.whole(...stage.brokerGapMs);
    const role = random.one(ROLES);
    if (kind === 'kill-server') return { atMs, kind, role };
    const forMs = random.whole(...(kind === 'partition' ? stage.partitionMs : PAUSE_MS));
    const fault: Fault =
      kind === 'partition' ? { atMs, kind, role, shape: random.one(SHAPES), forMs } : { atMs, kind, role, forMs };
    atMs += forMs;
    return fault;
  });
}

function kindsOf<Kind extends string>(counts: Readonly<Record<Kind, number>>): Kind[] {
  return (Object.keys(counts) as Kind[]).flatMap((kind) => Array.from({ length: counts[kind] }, () => kind));
}

function shuffled<Item>(random: Random, items: Item[]): Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.whole(0, last);
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
