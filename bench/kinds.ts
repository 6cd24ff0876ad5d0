/** Task kinds for measurements: chunks that do nothing. */
import { defineTask, items } from '@manyhands/worker/task';

/** Each chunk counts 1, so that the result tells whether every chunk was counted once. */
export const noop = defineTask<object, number, number>({
  name: 'noop',
  title: 'Nothing',
  description: 'Counts chunks and does nothing else.',
  params: { type: 'object' },
  example: {},
  chunks: 8,
  split: (_params, index) => index,
  compute: () => 1,
  merge: (left, right) => left + right,
});

/** Returns each item as it is: what a list costs, and nothing else. */
export const echo = defineTask({
  name: 'echo',
  title: 'Echo',
  description: 'Returns its items.',
  input: items(),
  compute: (item) => item,
});
