import { expect, it } from 'vitest';
import { chunkStates } from './chunk-states.ts';

it('a chunk is what the spans of the job state, and waits where they state nothing', () => {
  expect(chunkStates(6, { done: [[0, 2]], leased: [[3, 4]], failed: [[5, 6]], coarse: false })).toEqual([
    'done',
    'done',
    'waiting',
    'leased',
    'waiting',
    'failed',
  ]);
  expect(chunkStates(2, undefined)).toEqual(['waiting', 'waiting']);
});

it('spans beyond the last chunk are not shown', () => {
  expect(chunkStates(2, { done: [[0, 9]], leased: [], failed: [], coarse: false })).toEqual(['done', 'done']);
});
