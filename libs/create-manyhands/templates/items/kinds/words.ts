import { ComputeRefused, defineTask, items } from 'manyhands';
import { z } from 'zod';

/** Counts the words of each text. What `compute` returns is a line of the results; what it throws is a failure, which can be tried again. */
export const words = defineTask({
  name: 'words',
  params: z.object({ longerThan: z.int().min(0).default(0) }),
  input: items(z.object({ text: z.string() })),
  compute({ text }, { params }) {
    if (text.trim() === '') throw new ComputeRefused('there is no text');
    const found = text.match(/[\p{L}\p{N}'’-]+/gu) ?? [];
    return { words: found.filter((word) => word.length > params.longerThan).length, characters: text.length };
  },
});
