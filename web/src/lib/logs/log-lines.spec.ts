import { describe, expect, it } from 'vitest';
import type { JobLogLine } from '@manyhands/sdk';
import { levels, linesMost, mergedLines, newestLines, ofLevel } from './log-lines.ts';

const line = (id: number, level: JobLogLine['level'] = 'info'): JobLogLine => ({
  id: String(id),
  at: '2026-01-01T00:00:00.000Z',
  level,
  message: `line ${id}`,
  attempt: 1,
  worker: 'w',
  slot: 0,
});
const ids = ({ lines }: { lines: readonly JobLogLine[] }) => lines.map(({ id }) => Number(id));
const none = { lines: [], older: false };

describe('held lines', () => {
  it('are each there once, in order, whichever way they came', () => {
    const held = mergedLines(mergedLines(none, [line(9), line(10), line(100)]), [line(10), line(8), line(101)]);
    expect(ids(held)).toEqual([8, 9, 10, 100, 101]);
  });

  it('are bounded: the oldest leave and can be read again, or the newest while older ones are read', () => {
    const many = Array.from({ length: linesMost }, (_, index) => line(index + 1));
    const full = mergedLines(none, many);
    expect(full).toMatchObject({ older: false });
    expect(full.lines).toHaveLength(linesMost);
    const newest = mergedLines(full, [line(linesMost + 1)]);
    expect([newest.lines.length, ids(newest)[0], newest.older]).toEqual([linesMost, 2, true]);
    const oldest = mergedLines({ ...full, older: true }, [line(0)], 'oldest');
    expect([oldest.lines.length, ids(oldest)[0], ids(oldest).at(-1), oldest.older]).toEqual([linesMost, 0, linesMost - 1, true]);
  });

  it('have no hole where many were missed: the newest page stands alone, with what came meanwhile', () => {
    const page = { lines: [line(50), line(51)], prev_cursor: '50' };
    const newest = newestLines([line(1), line(2), line(51), line(52)], page);
    expect([ids(newest), newest.older]).toEqual([[50, 51, 52], true]);
    expect(ids(newestLines([line(3)], { lines: [], prev_cursor: null }))).toEqual([3]);
  });

  it('are shown from a level on', () => {
    const all = levels.map((level, index) => line(index, level));
    expect(levels.map((level) => ofLevel(all, level).map((each) => each.level))).toEqual([
      ['debug', 'info', 'warn', 'error'],
      ['info', 'warn', 'error'],
      ['warn', 'error'],
      ['error'],
    ]);
  });
});
