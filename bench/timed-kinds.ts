/** Task kinds for measurements whose chunks take a given time: `burn` keeps its core busy, `wait` leaves it to others, and `wait-50` and `wait-100` do so many at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTask } from '@manyhands/worker/task';

interface Timed {
  /** Milliseconds each chunk takes. */
  ms: number;
}

const shape = {
  params: { type: 'object', properties: { ms: { type: 'number', minimum: 0 } }, required: ['ms'] },
  example: { ms: 10 },
  chunks: 8,
  split: (_params: Timed, index: number) => index,
  merge: (left: number, right: number) => left + right,
};

export const burn = defineTask<Timed, number, number>({
  ...shape,
  name: 'burn',
  title: 'Busy time',
  description: 'Each chunk counts 1 after computing for a while.',
  compute(_input, { params }) {
    const endMs = performance.now() + params.ms;
    while (performance.now() < endMs);
    return 1;
  },
});

export const wait = defineTask<Timed, number, number>({
  ...shape,
  name: 'wait',
  title: 'Idle time',
  description: 'Each chunk counts 1 after waiting for a while.',
  async compute(_input, { params }) {
    await sleep(params.ms);
    return 1;
  },
});

/** So many chunks at once in one thread. */
export const wait50 = defineTask<Timed, number, number>({ ...wait, name: 'wait-50', concurrency: 50 });
export const wait100 = defineTask<Timed, number, number>({ ...wait, name: 'wait-100', concurrency: 100 });
