/** Which coordinator goes when, how, and for how long: a pure function of the seed. */
import { Random } from '../../simulation/random.ts';

export interface Absence {
  atMs: number;
  target: string;
  /** SIGKILL, SIGTERM, or SIGSTOP and SIGCONT. */
  how: 'killed' | 'left' | 'frozen';
  forMs: number;
}

export interface ComingsSetting {
  coordinators: number;
  lengthMs: number;
  /** Between the beginning of two. */
  gapMs: readonly [number, number];
}

/** Freezes last longer than a pin (3 s), so that one who wakes finds his partitions with others. */
export const FROZEN_MS = [5_000, 20_000] as const;
const awayMs = [500, 12_000] as const;
/** A killed coordinator is started again at once; this long it takes until it works. */
const startsMs = 3_000;
const calmMs = 3_000;

/** Always true: two are there at any time, and the first is never killed, so that its memory can be judged over the whole run. */
export function comingsOf(seed: number, { coordinators, lengthMs, gapMs }: ComingsSetting): Absence[] {
  const random = new Random(seed);
  const names = Array.from({ length: coordinators }, (_, index) => `coordinator-${index + 1}`);
  const absences: Absence[] = [];
  for (let atMs = calmMs; ; atMs += random.whole(...gapMs)) {
    const how = random.one(['killed', 'left', 'frozen', 'frozen'] as const);
    const forMs = how === 'frozen' ? random.whole(...FROZEN_MS) : how === 'left' ? random.whole(...awayMs) : startsMs;
    if (atMs + forMs > lengthMs) return absences;
    const away = absences.filter((absence) => absence.atMs + absence.forMs + startsMs > atMs);
    const there = names.filter((name) => !away.some(({ target }) => target === name) && (how === 'frozen' || name !== names[0]));
    if (away.length < coordinators - 2 && there.length > 0) absences.push({ atMs, target: random.one(there), how, forMs });
  }
}
