import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BATCH_BYTES_MAX, Channel, newsOf, type News, type State } from './channel.ts';
import { Outlet, WAITING_MAX, type Sink } from './outlet.ts';

const stuckMs = 30_000;

/** A connection whose network takes bytes only when the test lets it. */
function sink(): Sink & { writableLength: number; frozen: boolean; cuts: number; texts: string[]; thaw(): void } {
  const self = {
    writableLength: 0,
    frozen: false,
    cuts: 0,
    texts: [] as string[],
    write(bytes: Uint8Array) {
      self.texts.push(new TextDecoder().decode(bytes));
      if (self.frozen) self.writableLength += bytes.length;
    },
    cut() {
      self.cuts += 1;
    },
    thaw() {
      self.frozen = false;
      self.writableLength = 0;
    },
  };
  return self;
}

function state(key: string, revision: number, channel?: Channel, padding = 0): State {
  return { slot: key, bytes: Buffer.from(`${key}${revision}${' '.repeat(padding)};`), ...(channel && { channel }) };
}

function news(...states: State[]): News {
  return newsOf(states);
}

function sent(texts: readonly string[]): string[] {
  return texts
    .join('')
    .split(';')
    .filter(Boolean)
    .map((text) => text.trim());
}

test('a free client is sent each change at once, and what came together in one write', () => {
  const to = sink();
  const outlet = new Outlet(to, stuckMs);
  outlet.take(news(state('a', 1), state('b', 2)));
  outlet.take(news(state('a', 3)));
  expect(to.texts).toEqual(['a1;b2;', 'a3;']);
});

test('all clients are handed the very same bytes', () => {
  const written: Uint8Array[] = [];
  const told = news(state('a', 1), state('b', 1));
  for (let client = 0; client < 3; client += 1)
    new Outlet({ writableLength: 0, write: (bytes) => void written.push(bytes), cut: () => undefined }, stuckMs).take(told);
  expect(new Set(written).size).toBe(1);
});

test('for a client that does not read the newest state of each key waits, in the order the keys first changed', () => {
  const to = sink();
  const outlet = new Outlet(to, stuckMs);
  to.frozen = true;
  for (const revision of [1, 2, 3]) outlet.take(news(state('a', revision), state('b', revision)));
  outlet.take(news(state('a', 9)));
  expect([to.texts, outlet.waitingCount, outlet.isBehind]).toEqual([['a1;b1;'], 2, true]);
  to.thaw();
  outlet.catchUp(0);
  expect([to.texts, outlet.isBehind]).toEqual([['a1;b1;', 'a9;b3;'], false]);
});

test('what waits is whole: a part is of no use to a client that missed the one before', () => {
  const to = sink();
  const outlet = new Outlet(to, stuckMs);
  const part = (revision: number): State => ({
    slot: 'a',
    bytes: Buffer.from(`part ${revision};`),
    whole: state('a', revision),
  });
  outlet.take(news(part(1)));
  to.frozen = true;
  for (const revision of [2, 3, 4]) outlet.take(news(part(revision)));
  to.thaw();
  outlet.catchUp(0);
  outlet.take(news(part(5)));
  expect(sent(to.texts)).toEqual(['part 1', 'part 2', 'a4', 'part 5']);
});

test('a state never overtakes an older one that still waits', () => {
  const to = sink();
  const outlet = new Outlet(to, stuckMs);
  to.frozen = true;
  outlet.take(news(state('a', 1)));
  outlet.take(news(state('a', 2)));
  to.thaw();
  outlet.take(news(state('a', 3)));
  outlet.catchUp(0);
  expect(sent(to.texts)).toEqual(['a1', 'a3']);
});

test('what waits for a channel that was left is not sent', () => {
  const to = sink();
  const outlet = new Outlet(to, stuckMs);
  const channel = new Channel('c', {
    encode: () => Buffer.alloc(0),
    everything: () => [],
    due: () => undefined,
    empty: () => undefined,
  });
  to.frozen = true;
  outlet.take(news(state('first', 1), state('first', 1)));
  outlet.take(news(state('left', 2, channel), state('kept', 2)));
  outlet.forget(channel);
  to.thaw();
  outlet.catchUp(0);
  expect(sent(to.texts)).toEqual(['first1', 'first1', 'kept2']);
});

test('however much is told, a client that does not read holds one write and an entry for each key: under 64 KiB', () => {
  const to = sink();
  const outlet = new Outlet(to, stuckMs);
  to.frozen = true;
  for (let revision = 1; revision <= 50; revision += 1) {
    outlet.take(news(...Array.from({ length: 500 }, (_, key) => state(`k${key}`, revision, undefined, 400))));
    expect(to.writableLength).toBeLessThanOrEqual(BATCH_BYTES_MAX);
    expect(outlet.heldBytes).toBeLessThanOrEqual(64 * 1024);
  }
});

test('a client that takes nothing for too long is cut, the sooner the more waits; one that takes a little is not', () => {
  const patience = (keys: number): number => {
    const to = sink();
    const outlet = new Outlet(to, stuckMs);
    to.frozen = true;
    outlet.take(news(state('first', 1)));
    outlet.take(news(...Array.from({ length: keys }, (_, key) => state(`k${key}`, 1))));
    for (let nowMs = 0; ; nowMs += 100) {
      outlet.catchUp(nowMs);
      if (to.cuts > 0) return nowMs;
    }
  };
  expect([patience(1), patience(WAITING_MAX + 1)]).toEqual([stuckMs, 1_000]);

  // Each time it is looked at something is unwritten, but between two looks all of it was written.
  const slow = sink();
  const outlet = new Outlet(slow, stuckMs);
  for (let nowMs = 0; nowMs < 10 * stuckMs; nowMs += stuckMs / 2) {
    slow.thaw();
    slow.frozen = true;
    outlet.take(news(state('a', nowMs)));
    outlet.catchUp(nowMs);
  }
  expect(slow.cuts).toBe(0);
});

test('whatever the pace, the last state sent of each key is its newest, and revisions of a key rise', () => {
  const step = fc.oneof(
    fc.constantFrom('freeze', 'thaw', 'catch up'),
    fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), padding: fc.constantFrom(0, BATCH_BYTES_MAX) }), {
      minLength: 1,
      maxLength: 3,
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const to = sink();
      const outlet = new Outlet(to, stuckMs);
      const newest = new Map<string, number>();
      for (const [index, what] of steps.entries()) {
        if (what === 'freeze') to.frozen = true;
        else if (what === 'thaw') to.thaw();
        else if (what === 'catch up') outlet.catchUp(0);
        else {
          const states = new Map(
            (what as { key: string; padding: number }[]).map(({ key, padding }) => [key, state(key, index, undefined, padding)]),
          );
          for (const key of states.keys()) newest.set(key, index);
          outlet.take(news(...states.values()));
        }
        expect(outlet.waitingCount).toBeLessThanOrEqual(3);
      }
      to.thaw();
      outlet.catchUp(0);
      const last = new Map<string, number>();
      for (const text of sent(to.texts)) {
        const [key, revision] = [text[0]!, Number(text.slice(1))];
        expect(revision).toBeGreaterThan(last.get(key) ?? -1);
        last.set(key, revision);
      }
      expect(last).toEqual(newest);
    }),
  );
});
