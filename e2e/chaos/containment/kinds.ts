/** The kinds of a containment run: one that is healthy, and those that trouble whoever has to do with their results. */
import { defineTask, items } from '@manyhands/worker/task';
import { complaintOf, isFaulty, nested, NO_JSON, valueOf, wordCounts } from './chunk-value.ts';

const cell = new Int32Array(new SharedArrayBuffer(4));
const holdFor = (ms: number): void => void (ms > 0 && Atomics.wait(cell, 0, 0, ms));

const integer = { type: 'integer' } as const;
const about = (name: string, title: string) => ({ name, title, description: `${title}.`, chunks: 8 });
const params = (properties: Record<string, unknown>) => ({ type: 'object', properties, required: Object.keys(properties) });

/** A chunk holds its slot for `ms` and gives its number; of each `every` one throws. */
export const steady = defineTask<{ ms: number; every: number; salt: number }, number, number>({
  ...about('steady', 'Counts its chunks, of which some fail'),
  params: params({ ms: integer, every: integer, salt: integer }),
  example: { ms: 5, every: 0, salt: 0 },
  split: (_, index) => index,
  compute(chunk, { params: { ms, every, salt } }) {
    holdFor(ms);
    if (isFaulty(chunk, { every, salt })) throw new Error(complaintOf(chunk));
    return valueOf(chunk);
  },
  merge: (left, right) => left + right,
});

/** Every chunk gives the same JSON value, so a merge may take either. */
export const given = defineTask<{ give: string; size: number }, number, unknown>({
  ...about('given', 'Gives a value that hurts to read'),
  params: params({ give: { type: 'string' }, size: integer }),
  example: { give: 'deep', size: 10 },
  split: (_, index) => index,
  compute(_, { params: { give, size } }) {
    holdFor(10);
    switch (give) {
      case 'deep':
        return JSON.parse(nested(size)) as unknown;
      case 'proto':
        return JSON.parse(`{"__proto__":{"admin":true},"constructor":{"prototype":${size}}}`) as unknown;
      case 'large':
        return 'x'.repeat(size);
      default:
        return NO_JSON[size % NO_JSON.length]!();
    }
  },
  merge: (left) => left,
});

/**
 * A line for each item, of about `bytes`, which no other run of the item returns: each piece of it names the item and the run, so that a line of which a part is of
 * another run, or of another item, is seen.
 */
export const noisy = defineTask<{ bytes: number }, number, string, { bytes: number }, number>({
  name: 'noisy',
  description: 'Returns another line in each run.',
  params: params({ bytes: integer }),
  example: { bytes: 100 },
  input: items(),
  compute(item, { params: { bytes } }) {
    const piece = `${item}:${Math.random().toString(36).slice(2)};`;
    return piece.repeat(Math.ceil(bytes / piece.length));
  },
});

/** Gives what its params hold: `text` read as JSON, or `value` as it came. */
export const mirror = defineTask<{ text?: string; value?: unknown }, number, unknown>({
  ...about('mirror', 'Gives back what it was given'),
  params: { type: 'object', properties: { text: { type: 'string' }, value: {} } },
  example: { text: '1' },
  split: (_, index) => index,
  compute: (_, { params: given }) => (given.text === undefined ? given.value : (JSON.parse(given.text) as unknown)),
  merge: (left) => left,
});

export const wordCount = defineTask<{ salt: number }, number, Record<string, number>>({
  ...about('word-count', 'Counts words'),
  params: params({ salt: integer }),
  example: { salt: 0 },
  split: (_, index) => index,
  compute() {
    holdFor(10);
    return wordCounts(1);
  },
  merge(left, right) {
    const sums = new Map(Object.entries(left));
    for (const [word, count] of Object.entries(right)) sums.set(word, (sums.get(word) ?? 0) + count);
    return Object.fromEntries(sums);
  },
});

function merging(name: string, title: string, merge: (left: number, right: number) => number) {
  return defineTask<{ ms: number }, number, number>({
    ...about(name, title),
    params: params({ ms: integer }),
    example: { ms: 5 },
    split: (_, index) => index,
    compute(chunk, { params: { ms } }) {
      holdFor(ms);
      return valueOf(chunk);
    },
    merge,
  });
}

export const mergeThrows = merging('merge-throws', 'Cannot merge', () => {
  throw new Error('these two do not go together');
});

export const mergeNothing = merging('merge-nothing', 'Merges to nothing', () => undefined as unknown as number);

export const mergeSlow = merging('merge-slow', 'Merges slowly', (left, right) => {
  holdFor(250);
  return left + right;
});
