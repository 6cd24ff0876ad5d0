import type { KindEstimate } from '@manyhands/sdk';
import { expect, it } from 'vitest';
import { estimateWords } from './estimate-words.ts';

const estimate = { jobs: 12, slots: 4, sec: 130, least_sec: 120, most_sec: 140, work_sec: 520 };

it.each<[Partial<KindEstimate>, string, string]>([
  [{}, 'About 2 min 10 s', 'on 4 slots, from 12 like it'],
  [{ slots: 1, jobs: 1 }, 'About 2 min 10 s', 'on 1 slot, from 1 like it'],
  [{ least_sec: 60, most_sec: 300 }, 'About 2 min 10 s', 'on 4 slots, from 12 like it; most take 1 min 00 s to 5 min 00 s'],
  [
    { slots: 0, sec: null, least_sec: null, most_sec: null },
    '8 min 40 s of work',
    'from 12 like it; no live slot computes this kind.',
  ],
  [{ jobs: 0, sec: null, work_sec: null }, 'No estimate yet', 'No job like it was completed so far.'],
])('%j', (given, head, beside) => {
  expect(estimateWords({ ...estimate, ...given })).toEqual({ head, beside });
});
