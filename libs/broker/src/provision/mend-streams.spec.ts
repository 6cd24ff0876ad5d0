import type { Difference, StreamInfo } from '@manyhands/nats';
import { expect, it } from 'vitest';
import { safeChanges } from './mend-streams.ts';

const holding = (bytes: number, discard: 'new' | 'old') => ({ config: { discard }, state: { bytes } }) as unknown as StreamInfo;
const age: Difference = { field: 'max_age', has: 1, wanted: 2 };
const size: Difference = { field: 'max_bytes', has: 300, wanted: 100 };

it('a stream that drops its oldest is not made smaller than what is in it, and changed in all else', () => {
  expect(safeChanges(holding(101, 'old'), [age, size])).toEqual({ max_age: 2 });
  expect(safeChanges(holding(100, 'old'), [age, size])).toEqual({ max_age: 2, max_bytes: 100 });
});

it('one that refuses what is new when it is full loses nothing by a smaller size', () => {
  expect(safeChanges(holding(101, 'new'), [size])).toEqual({ max_bytes: 100 });
});
