import { aCancelJob, aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { isLate } from './repeated-submits.ts';

const madeMs = Date.parse('2026-01-01T00:00:00.000Z');
const submit = aSubmitJob({ submitted_at: '2026-01-01T00:00:00.000Z' });

describe('a submission that may be a repeat', () => {
  it('is one that was stored a second after it was made, or before it', () => {
    const isLateBy = (ms: number): boolean => isLate({ message: submit, storedAtMs: madeMs + ms });
    expect([-1_000, -999, 0, 999, 1_000].map(isLateBy)).toEqual([true, false, false, false, true]);
  });

  it('is no other message, whenever it was stored', () => {
    expect(isLate({ message: aCancelJob(), storedAtMs: madeMs + 9_000_000_000 })).toBe(false);
  });
});
