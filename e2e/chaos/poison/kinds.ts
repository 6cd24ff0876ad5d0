/** The kind whose chunks throw, loop, eat all memory and kill their process; the healthy ones take a few milliseconds. */
import { defineTask } from '@manyhands/worker/task';
import { ailmentOf, deathOf, valueOf } from './ailment.ts';

const HEALTHY_MS = 3;
const cell = new Int32Array(new SharedArrayBuffer(4));

export const poisoned = defineTask<{ seed: number }, number, number>({
  name: 'poisoned',
  title: 'Poisoned',
  description: 'Of a hundred chunks one throws, one loops for ever, one takes all memory and one kills its process.',
  params: { type: 'object', properties: { seed: { type: 'integer' } }, required: ['seed'] },
  example: { seed: 7 },
  chunks: 100,
  split: (_, index) => index,
  compute(chunk, { params }) {
    switch (ailmentOf(chunk, params.seed)) {
      case 'throws':
        throw new Error(`chunk ${chunk} is poisoned`);
      case 'loops':
        for (;;);
      case 'eats':
        for (const held: number[][] = []; ;) held.push(new Array<number>(100_000).fill(chunk + 0.5));
      case 'dies':
        return die(deathOf(chunk));
      case undefined:
        Atomics.wait(cell, 0, 0, HEALTHY_MS);
        return valueOf(chunk);
    }
  },
  merge: (left, right) => left + right,
});

function die(how: ReturnType<typeof deathOf>): never {
  if (how === 'exit') process.exit(7);
  process.kill(process.pid, how);
  // The signal is on its way.
  for (;;);
}
