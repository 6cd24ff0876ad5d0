import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLiveKeys } from './live-keys.ts';

describe('live keys', () => {
  it('forget a removed key', () => {
    const live = createLiveKeys();
    live.add('a', 1, 1);
    live.remove('a');
    expect(live.revisionOf('a')).toBeUndefined();
    expect(live.keys()).toEqual([]);
  });

  it('count the life of a key from its last write', () => {
    const live = createLiveKeys();
    live.add('a', 10, 1);
    live.add('b', 20, 2);
    live.add('a', 30, 3);
    expect(live.olderThan(25)).toEqual([{ key: 'b', revision: 2 }]);
  });

  it('find exactly the old ones, whatever was written in whatever order of keys', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e')), fc.nat(20), (writes, beforeMs) => {
        const live = createLiveKeys();
        const last = new Map<string, number>();
        for (const [atMs, key] of writes.entries()) {
          live.add(key, atMs, atMs + 1);
          last.set(key, atMs);
        }
        const expected = [...last].filter(([, atMs]) => atMs < beforeMs).map(([key]) => key);
        expect(new Set(live.olderThan(beforeMs).map(({ key }) => key))).toEqual(new Set(expected));
      }),
    );
  });
});
