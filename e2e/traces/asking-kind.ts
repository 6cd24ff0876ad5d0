/** A kind whose every hundredth chunk asks a site. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTask } from '@manyhands/worker/task';

export const asking = defineTask<{ site: string; pause: number }, number, number>({
  name: 'asking',
  title: 'Asking',
  description: 'Counts its chunks; some ask a site.',
  params: {
    type: 'object',
    properties: { site: { type: 'string' }, pause: { type: 'integer', default: 2 } },
    required: ['site'],
  },
  example: { site: 'http://127.0.0.1:1/', pause: 2 },
  chunks: 8,
  split: (_, index) => index,
  async compute(chunk, { params }) {
    if (chunk % 100 === 0) await (await fetch(params.site)).text();
    else await sleep(params.pause);
    return 1;
  },
  merge: (left, right) => left + right,
});
