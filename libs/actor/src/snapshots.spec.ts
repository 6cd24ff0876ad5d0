import { describe, expect, it } from 'vitest';
import { snapshotDue } from './snapshots.ts';

const limits = { turnsMax: 256, bytesMax: 1000, dirtyMsMax: 2_000 };

describe('a snapshot is', () => {
  it.each([
    ['after enough turns', { turns: 256, bytes: 0, dirtySinceMs: 5_000 }, true],
    ['not one turn earlier', { turns: 255, bytes: 0, dirtySinceMs: 5_000 }, false],
    ['after enough bytes', { turns: 1, bytes: 1000, dirtySinceMs: 5_000 }, true],
    ['not one byte earlier', { turns: 1, bytes: 999, dirtySinceMs: 5_000 }, false],
    ['when unsaved for long enough', { turns: 1, bytes: 0, dirtySinceMs: 3_000 }, true],
    ['not a millisecond earlier', { turns: 1, bytes: 0, dirtySinceMs: 3_001 }, false],
    ['never without a turn', { turns: 0, bytes: 0, dirtySinceMs: 0 }, false],
  ])('due %s', (_when, since, due) => {
    expect(snapshotDue(since, 5_000, limits)).toBe(due);
  });
});
