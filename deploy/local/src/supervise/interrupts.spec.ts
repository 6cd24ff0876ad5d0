import { expect, test } from 'vitest';
import { meaningOfInterrupt, SAME_PRESS_MS } from './interrupts.ts';

test('the first Ctrl-C drains, its echoes mean nothing, and one pressed again forces', () => {
  expect(meaningOfInterrupt(undefined, 5_000)).toBe('drain');
  expect(meaningOfInterrupt(5_000, 5_003)).toBe('same-press');
  expect(meaningOfInterrupt(5_000, 5_000 + SAME_PRESS_MS - 1)).toBe('same-press');
  expect(meaningOfInterrupt(5_000, 5_000 + SAME_PRESS_MS)).toBe('force');
});
