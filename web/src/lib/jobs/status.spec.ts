import { describe, expect, it } from 'vitest';
import { formatPercent } from '../format.ts';
import { doneShare, standingNames, standingOf } from './status.ts';

describe('a job that completed without some of its chunks', () => {
  it('stands apart from one that has them all', () => {
    expect(standingNames[standingOf({ status: 'completed', failed_chunks: 20 })]).toBe('Completed with gaps');
    expect(standingOf({ status: 'completed', failed_chunks: 0 })).toBe('completed');
    expect(standingOf({ status: 'failed', failed_chunks: 20 })).toBe('failed');
  });

  it('is not 100 % done', () => {
    expect(formatPercent(doneShare({ progress: 1, failed_chunks: 20, total_chunks: 200 }))).toBe('90 %');
    expect(formatPercent(doneShare({ progress: 1, failed_chunks: 1, total_chunks: 1_000_000 }))).toBe('99 %');
    expect(formatPercent(doneShare({ progress: 1, failed_chunks: 0, total_chunks: 3 }))).toBe('100 %');
    expect(doneShare({ progress: 1, failed_chunks: 3, total_chunks: 3 })).toBe(0);
  });

  it('may have no chunks at all', () => {
    expect(doneShare({ progress: 1, failed_chunks: 0, total_chunks: 0 })).toBe(1);
  });
});
