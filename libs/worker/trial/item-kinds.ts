/** Task kinds for tests that are cut from an input, leave lines, or keep an order. */
import { z } from 'zod';
import { csv, defineTask, items } from '@manyhands/worker/task';

const Item = z.object({ n: z.int(), fail: z.boolean().default(false), letters: z.int().default(0) });

/** A line an item: its number doubled, and so many letters. */
export const doubled = defineTask({
  name: 'doubled',
  input: items(Item),
  compute({ n, fail, letters }, { index }) {
    if (fail) throw new Error(`item ${index} fails`);
    return { n: n * 2, text: 'x'.repeat(letters) };
  },
});

/** The same in batches. */
export const batched = defineTask({
  name: 'batched',
  input: items(Item, { batch: 100 }),
  compute: (some) => some.map(({ n }) => n * 2),
});

/** The sum of a column. */
export const cents = defineTask({
  name: 'cents',
  input: csv(z.object({ cents: z.coerce.number() })),
  compute: (rows) => rows.reduce((sum, row) => sum + row.cents, 0),
  merge: (left, right) => left + right,
});

/** Texts one after the other, of so many letters each; `fail` fails. */
export const chained = defineTask({
  name: 'chained',
  params: z.object({ letters: z.int().default(1), fail: z.int().optional() }),
  compute(index, { params: { letters, fail } }) {
    if (index === fail) throw new Error(`chunk ${index} fails`);
    return `${index % 10}`.repeat(letters);
  },
  merge: (left, right) => left + right,
  ordered: true,
  empty: '',
  finish: (whole) => `${whole}!`,
});
