/** The jobs of a containment run: healthy ones by size, and every way in which one is hostile. Plain data and pure functions. */
import type { Random } from '../../simulation/random.ts';
import { sumOf, wordCounts } from './chunk-value.ts';

export interface Order {
  kind: string;
  params: Readonly<Record<string, unknown>>;
  chunks: number;
  /** Dead chunks are left out instead of failing it. */
  goesOn?: true;
  /** Runs of one chunk; absent: as many as is usual. */
  attempts?: number;
  /** JSON text of the right answer. */
  answer?: string;
  /** Chunks that will be given up. */
  faulty?: number;
}

/** What somebody does to a job besides submitting it; `meddle/` has a function for each. */
export type Meddling = 'bad results' | 'bad commands' | 'a bad snapshot' | 'a bad view' | 'a purge of its leases' | 'users';

export interface Way {
  says: string;
  /** `right`: with the right answer. `in words`: failed with a reason. `either`: one of both. */
  ends: 'right' | 'in words' | 'either';
  order(random: Random): Order;
  meddling?: Meddling;
}

const saltOf = (random: Random): number => random.whole(0, 999);

function steady(random: Random, chunks: number, ms: number, every = 0): Order {
  const salt = saltOf(random);
  const { sum, faulty } = sumOf(chunks, { every, salt });
  return {
    kind: 'steady',
    params: { ms, every, salt },
    chunks,
    answer: JSON.stringify(sum),
    ...(every > 0 && { goesOn: true, faulty }),
  };
}

/** What the users who mind the others want done, by size. */
export const HEALTHY = {
  tiny: (random: Random): Order => steady(random, 1, 1),
  small: (random: Random): Order => steady(random, 8, 20),
  middle: (random: Random): Order => steady(random, 60, 25),
  long: (random: Random): Order => steady(random, 200, 40),
} as const satisfies Record<string, (random: Random) => Order>;
export type Size = keyof typeof HEALTHY;
export const SIZES = Object.keys(HEALTHY) as Size[];

const given = (give: string, size: number, chunks: number, text?: string): Order => ({
  kind: 'given',
  params: { give, size },
  chunks,
  ...(text !== undefined && { answer: text }),
});
const merging = (kind: string, chunks: number): Order => ({
  kind,
  params: { ms: 30 },
  chunks,
  answer: JSON.stringify(sumOf(chunks).sum),
});
const deep = (depth: number): Order => given('deep', depth, 6, '['.repeat(depth) + '1' + ']'.repeat(depth));

export const WAYS = {
  'long-messages': {
    says: 'a tenth of its chunks throw, with 450 to 500 characters',
    ends: 'right',
    order: (random) => steady(random, 300, 1, 10),
  },
  'half-fails': {
    says: 'of 6,000 chunks half fail with such messages',
    ends: 'right',
    order: (random) => steady(random, 6_000, 0, 2),
  },
  'deep-400': { says: 'results nested 400 deep', ends: 'right', order: () => deep(400) },
  'deep-3000': { says: 'results nested 3,000 deep', ends: 'in words', order: () => deep(3_000) },
  proto: { says: 'results with the key __proto__', ends: 'right', order: (random) => protoOrder(saltOf(random)) },
  'no-json': {
    says: 'results with NaN, infinities, a Map, undefined in an array',
    ends: 'in words',
    order: (random) => given('no-json', saltOf(random), 6),
  },
  large: { says: 'a result of 455 to 500 kB', ends: 'right', order: (random) => largeOrder(random.whole(455_000, 500_000), 1) },
  'pairs-with-nothing': {
    says: 'partials of 500 kB and more, of which no two go into one message',
    ends: 'either',
    order: (random) => largeOrder(random.whole(500_000, 520_000), 40),
  },
  'merge-throws': { says: 'its merge throws', ends: 'in words', order: () => merging('merge-throws', 24) },
  'merge-nothing': { says: 'its merge returns undefined', ends: 'in words', order: () => merging('merge-nothing', 24) },
  'merge-slow': { says: 'its merges are slow', ends: 'right', order: () => merging('merge-slow', 16) },
  words: {
    says: 'words of all kinds as keys',
    ends: 'right',
    order: (random) => ({
      kind: 'word-count',
      params: { salt: saltOf(random) },
      chunks: 12,
      answer: JSON.stringify(wordCounts(12)),
    }),
  },
  'bad-results': {
    says: 'results nobody can read, written straight to the bus',
    ends: 'either',
    order: (random) => steady(random, 1, 400),
    meddling: 'bad results',
  },
  'bad-commands': {
    says: 'commands nobody can read, written straight to the bus',
    ends: 'right',
    order: (random) => steady(random, 40, 25),
    meddling: 'bad commands',
  },
  'bad-snapshot': {
    says: 'its snapshot is overwritten by one nobody can read',
    ends: 'either',
    order: (random) => steady(random, 400, 80),
    meddling: 'a bad snapshot',
  },
  'bad-view': {
    says: 'its view is overwritten by one nobody can read',
    ends: 'either',
    order: (random) => steady(random, 150, 40),
    meddling: 'a bad view',
  },
  purged: {
    says: 'its leases are purged from WORK',
    ends: 'right',
    order: (random) => steady(random, 150, 40),
    meddling: 'a purge of its leases',
  },
  users: {
    says: 'its users pause, resume, requeue and cancel it at random',
    ends: 'either',
    order: (random) => steady(random, 120, 30, 20),
    meddling: 'users',
  },
} as const satisfies Record<string, Way>;
export type WayName = keyof typeof WAYS;
export const WAY_NAMES = Object.keys(WAYS) as WayName[];

function protoOrder(size: number): Order {
  return given('proto', size, 6, `{"__proto__":{"admin":true},"constructor":{"prototype":${size}}}`);
}

function largeOrder(size: number, chunks: number): Order {
  return given('large', size, chunks, JSON.stringify('x'.repeat(size)));
}

export type Planned = { order: Order } & ({ size: Size; way?: never } | { way: WayName; size?: never });

const hostileEvery = 4;

/** The jobs of a run in order: every fourth is hostile, and each way comes as often as the others. */
export function plannedJobs(random: Random, count: number): Planned[] {
  const ways = shuffled(random, WAY_NAMES);
  return Array.from({ length: count }, (_, index): Planned => {
    if (index % hostileEvery === hostileEvery - 1) {
      const way = ways[Math.floor(index / hostileEvery) % ways.length]!;
      return { way, order: WAYS[way].order(random) };
    }
    const size = random.one(SIZES);
    return { size, order: HEALTHY[size](random) };
  });
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
