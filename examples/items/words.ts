/** A line for each item: there is no `merge`, so what `compute` returns are the results, in the order of the items. */
import { ComputeRefused, defineTask, items } from 'manyhands';
import { z } from 'zod';

export const words = defineTask({
  name: 'words',
  params: z.object({ minLength: z.int().min(1).default(1) }),
  input: items(z.object({ title: z.string(), text: z.string() })),
  compute({ title, text }, { params }) {
    // Never again: another try would not help. Anything else that is thrown is tried again, later each time.
    if (text === '') throw new ComputeRefused(`"${title}" has no text`);
    return { title, words: text.split(/\s+/).filter((word) => word.length >= params.minLength).length };
  },
});
