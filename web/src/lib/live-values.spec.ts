import { describe, expect, it } from 'vitest';
import type { BridgeFrame } from './bridge-frame.ts';
import { LiveValues } from './live-values.ts';

function frame(key: string, revision: number, value: unknown): BridgeFrame {
  return { head: { topic: 'workers', key, revision }, value: value === null ? '' : JSON.stringify(value) };
}

describe('LiveValues', () => {
  it('keeps the newest revision of a key, in whatever order they come', () => {
    const live = new LiveValues<number>();
    expect(live.offer(frame('a', 5, 50))).toBe(true);
    expect(live.offer(frame('a', 4, 40))).toBe(false);
    expect(live.offer(frame('a', 5, 51))).toBe(false);
    expect(live.offer(frame('a', 6, 60))).toBe(true);
    expect(live.values()).toEqual([60]);
  });

  it('drops a key with an empty value, and an older value does not bring it back', () => {
    const live = new LiveValues<number>();
    live.offer(frame('a', 5, 50));
    expect(live.offer(frame('a', 7, null))).toBe(true);
    expect(live.offer(frame('a', 6, 60))).toBe(false);
    expect(live.values()).toEqual([]);
    expect(live.get('a')).toBeNull();
  });

  it('shows what it had while a new connection replays, then drops what left meanwhile', () => {
    const live = new LiveValues<number>();
    live.offer(frame('a', 5, 50));
    live.offer(frame('b', 6, 60));
    live.restart();
    expect(live.values()).toEqual([50, 60]);
    live.offer(frame('b', 6, 60));
    expect(live.replayed()).toBe(true);
    expect(live.values()).toEqual([60]);
    expect(live.replayed()).toBe(false);
  });

  it('follows a store that started again at low revisions', () => {
    const live = new LiveValues<number>();
    live.offer(frame('a', 900, 1));
    live.restart();
    expect(live.offer(frame('a', 2, 2))).toBe(true);
    expect(live.values()).toEqual([2]);
  });
});
