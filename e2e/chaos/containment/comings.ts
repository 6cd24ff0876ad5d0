/** Which coordinator goes when, how, and for how long: a pure function of the seed. */
import { HEARTBEAT_TTL_MS } from '@manyhands/proto';
import { Random } from '../../simulation/random.ts';
import type { CrashPoint } from '../tap/crash-points.ts';

export interface Absence {
  atMs: number;
  target: string;
  /**
   * SIGKILL; SIGTERM and a start later; SIGSTOP and SIGCONT; or killed and started so that it stops itself at `point`, between two effects, and is woken
   * after `forMs`.
   */
  how: 'killed' | 'left' | 'frozen' | 'asleep';
  forMs: number;
  point?: CrashPoint;
}

export interface ComingsSetting {
  coordinators: number;
  lengthMs: number;
  /** Between the beginning of two, beyond the time the one before needs to be taken over. */
  gapMs: readonly [number, number];
}

/** Freezes last longer than a pin (3 s), so that one who wakes finds his partitions with others. */
export const FROZEN_MS = [5_000, 20_000] as const;
const awayMs = [500, 12_000] as const;
/** Within the life of a heartbeat, so that it finds itself a member still. */
const asleepMs = [4_000, 5_000] as const;
const POINTS: readonly CrashPoint[] = [
  'before-lease',
  'after-lease',
  'before-view',
  'after-view',
  'before-final-view',
  'after-final-view',
  'before-finished',
  'after-finished',
  'before-mailbox-ack',
  'before-snapshot',
  'after-snapshot',
];
/** A killed coordinator is started again at once; this long it takes until it works. */
const startsMs = 3_000;
const FOR_MS: Readonly<Record<Absence['how'], readonly [number, number]>> = {
  killed: [startsMs, startsMs],
  left: awayMs,
  frozen: FROZEN_MS,
  asleep: asleepMs,
};
const calmMs = 3_000;

/**
 * Milliseconds until the partitions of one who goes are with others. A frozen one is missed when its heartbeat runs out. If the next owner froze within that
 * time, its partitions would stand still for the sum of both, and nobody could say for which of them.
 */
export const TAKEN_OVER_MS: Readonly<Record<Absence['how'], number>> = {
  killed: 5_000,
  left: 3_000,
  frozen: HEARTBEAT_TTL_MS + 2_000,
  asleep: HEARTBEAT_TTL_MS + 2_000,
};

/** Invariant: the first is never killed, so that its memory can be judged over the whole run. */
export function comingsOf(seed: number, { coordinators, lengthMs, gapMs }: ComingsSetting): Absence[] {
  const random = new Random(seed);
  const names = Array.from({ length: coordinators }, (_, index) => `coordinator-${index + 1}`);
  const absences: Absence[] = [];
  for (let atMs = calmMs; ;) {
    const how = random.one(['killed', 'left', 'frozen', 'frozen', 'asleep', 'asleep'] as const);
    const [least, most] = FOR_MS[how];
    const forMs = random.whole(least, most);
    if (atMs + forMs > lengthMs) return absences;
    const away = absences.filter((absence) => absence.atMs + absence.forMs + startsMs > atMs);
    const there = names.filter((name) => !away.some(({ target }) => target === name) && (how === 'frozen' || name !== names[0]));
    absences.push({ atMs, target: random.one(there), how, forMs, ...(how === 'asleep' && { point: random.one(POINTS) }) });
    atMs += TAKEN_OVER_MS[how] + random.whole(...gapMs);
  }
}
