import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rowsMost, splitOf } from './split.ts';

it.each([
  [64, 4, 12.8, '64 chunks, about 16 a slot, 0.20 s each.'],
  [64, 4, null, '64 chunks, about 16 a slot.'],
  [10, 4, null, '10 chunks, about 3 a slot. More chunks share the work more evenly.'],
  [1, 4, null, '1 chunk on 4 slots: 3 of them have nothing to do.'],
  [1, 1, null, '1 chunk, about 1 a slot.'],
  [1_000, 0, 5, '1,000 chunks, which wait until a worker can compute them.'],
])('%i chunks on %i slots', (chunks, slots, workSec, sentence) => {
  expect(splitOf(chunks, slots, workSec).sentence).toBe(sentence);
});

it('each chunk is in one row, rows differ by one chunk at most, and they are few', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(200), (chunks, slots) => {
      const { rows, more } = splitOf(chunks, slots, null);
      expect(rows.length + more).toBe(slots);
      expect(rows.length).toBeLessThanOrEqual(rowsMost);
      if (more === 0 && slots > 0) expect(rows.reduce((sum, row) => sum + row, 0)).toBe(chunks);
      expect(Math.max(0, ...rows) - Math.min(...rows, Math.max(0, ...rows))).toBeLessThanOrEqual(1);
    }),
  );
});
