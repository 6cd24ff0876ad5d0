import { expect, it } from 'vitest';
import { unitsOf } from './units.ts';

const input = { id: '019d3f9c-7a10-7cc0-8f2e-5b1d6a3e9c41', records: 10, by: 'record' } as const;

it('a chunk that is one item is called an item', () => {
  expect(unitsOf({ input, total_chunks: 10 })).toBe('items');
  expect(unitsOf({ input: { ...input, batch: 1 }, total_chunks: 10 }, 1)).toBe('item');
  expect(unitsOf({ input: { ...input, batch: 5 }, total_chunks: 2 })).toBe('chunks');
  expect(unitsOf({ input: { ...input, by: 'part' }, total_chunks: 1 })).toBe('chunk');
  expect(unitsOf({ total_chunks: 8 })).toBe('chunks');
});
