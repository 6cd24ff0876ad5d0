/** Sums a file: it is cut into parts between its records, and each part is a chunk. */
import { csv, defineTask } from 'manyhands';
import { z } from 'zod';

export const revenue = defineTask({
  name: 'revenue',
  params: z.object({ from: z.iso.date() }),
  example: { from: '2026-11-01' },
  input: csv(z.object({ day: z.iso.date(), country: z.string(), cents: z.coerce.number().int() })),
  compute(rows, { params }): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { day, country, cents } of rows) if (day >= params.from) sums[country] = (sums[country] ?? 0) + cents;
    return sums;
  },
  merge(one, other) {
    for (const [country, cents] of Object.entries(other)) one[country] = (one[country] ?? 0) + cents;
    return one;
  },
});
