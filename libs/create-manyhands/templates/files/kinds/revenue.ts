import { csv, defineTask } from 'manyhands';
import { z } from 'zod';

/** Adds up the sales of each country. A chunk is a piece of the file; no record is in two of them. */
export const revenue = defineTask({
  name: 'revenue',
  params: z.object({ from: z.iso.date().default('0001-01-01') }),
  input: csv(z.object({ day: z.iso.date(), country: z.string(), cents: z.coerce.number().int() })),
  compute(rows, { params }) {
    const sums: Record<string, number> = {};
    for (const { day, country, cents } of rows) if (day >= params.from) sums[country] = (sums[country] ?? 0) + cents;
    return sums;
  },
  merge(left, right) {
    for (const [country, cents] of Object.entries(right)) left[country] = (left[country] ?? 0) + cents;
    return left;
  },
});
