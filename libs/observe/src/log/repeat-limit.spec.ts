import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPEATS_MAX, RepeatLimit, SENTENCES_MAX, WINDOW_MS } from './repeat-limit.ts';

describe('a limit of repeats', () => {
  it('prints so many lines of a sentence in a window, then counts', () => {
    const limit = new RepeatLimit();
    for (let at = 0; at < REPEATS_MAX; at++) expect(limit.take(`turn ${at} failed`, at)).toBe('print');
    expect(limit.take('turn 99 failed', 100)).toBe('leave first');
    expect(limit.take('turn 100 failed', 101)).toBe('leave');
    expect(limit.take('another sentence', 101)).toBe('print');
    expect(limit.left('turn 5 failed')).toBe(2);
    expect(limit.left('turn 5 failed')).toBe(0);
  });

  it('prints again in the next window', () => {
    const limit = new RepeatLimit();
    for (let at = 0; at <= REPEATS_MAX; at++) limit.take('no room', 0);
    expect(limit.take('no room', WINDOW_MS - 1)).toBe('leave');
    expect(limit.take('no room', WINDOW_MS)).toBe('print');
  });

  it('takes ids for figures, and words for words', () => {
    const limit = new RepeatLimit();
    for (let at = 0; at < REPEATS_MAX; at++) limit.take('job 019adbe0-7c3e-7a2b-8a6e-0f3c5f1e2d3c is gone', 0);
    expect(limit.take('job 019adbe1-0000-7a2b-8a6e-0f3c5f1e2d3d is gone', 0)).toBe('leave first');
    expect(limit.take('job none is gone', 0)).toBe('print');
  });

  it('remembers a bounded number of sentences, and forgets those that are over', () => {
    const limit = new RepeatLimit();
    const word = (at: number): string => String.fromCharCode(...[...String(at)].map((digit) => 103 + Number(digit)));
    for (let at = 0; at < SENTENCES_MAX; at++) limit.take(word(at), 0);
    for (let at = 0; at < 2 * REPEATS_MAX; at++) expect(limit.take('zzz', 1)).toBe('print');
    for (let at = 0; at < REPEATS_MAX; at++) expect(limit.take('zzz', WINDOW_MS + 1)).toBe('print');
    expect(limit.take('zzz', WINDOW_MS + 1)).toBe('leave first');
  });

  it('prints or counts every line, whatever comes when', () => {
    const lines = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat({ max: 3_000 })), { maxLength: 300 });
    fc.assert(
      fc.property(lines, (given) => {
        const limit = new RepeatLimit();
        let nowMs = 0;
        let printed = 0;
        for (const [sentence, afterMs] of given) {
          nowMs += afterMs;
          if (limit.take(sentence, nowMs) === 'print') printed += 1;
        }
        expect(printed + limit.left('a') + limit.left('b')).toBe(given.length);
      }),
    );
  });
});
