import { describe, expect, it, vi } from 'vitest';
import { GIVEN_MS } from '../pace/gcra.ts';
import { ThreadTurns } from './thread-turns.ts';

describe('turns that a thread was given', () => {
  it('are used for one rate and name, each once, and more are asked for once when few are left', () => {
    vi.useFakeTimers();
    const turns = new ThreadTurns();
    const askAhead = vi.fn();
    const everyMs = 1;
    turns.put('host', 1_000, { firstAtMs: Date.now(), everyMs, count: GIVEN_MS });
    expect(turns.use('other', 1_000, 0, askAhead)).toBeUndefined();
    expect(turns.use('host', 999, 0, askAhead)).toBeUndefined();
    let used = 0;
    for (let atMs = 0; atMs < GIVEN_MS; atMs += 1) {
      // The second one in each millisecond has no turn.
      for (let call = 0; call < 2; call += 1) used += turns.use('host', 1_000, 0, askAhead) === undefined ? 0 : 1;
      vi.advanceTimersByTime(everyMs);
    }
    expect(used).toBe(GIVEN_MS);
    expect(askAhead).toHaveBeenCalledOnce();
    expect(turns.use('host', 1_000, 0, askAhead)).toBeUndefined();
    vi.useRealTimers();
  });

  it('nothing is left of a rate that is given no more', () => {
    const turns = new ThreadTurns();
    turns.put('host', 1_000, { firstAtMs: Date.now(), everyMs: 1, count: 50 });
    turns.put('host', 1_000, undefined);
    expect(turns.use('host', 1_000, 0, () => {})).toBeUndefined();
  });
});
