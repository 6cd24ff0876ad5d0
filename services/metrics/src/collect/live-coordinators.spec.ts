import { encode, type CoordinatorHeartbeat } from '@manyhands/proto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveCoordinators } from './live-coordinators.ts';

const beat = (given: Partial<CoordinatorHeartbeat> = {}): Uint8Array =>
  encode({
    v: 1,
    type: 'CoordinatorHeartbeat',
    coordinator: 'c',
    host: 'h',
    pid: 1,
    started_at: '2026-01-01T00:00:00.000Z',
    ...given,
  });

test('counts are summed over the coordinators, and stay when one leaves and another comes', () => {
  const live = new LiveCoordinators();
  live.note('a', beat({ counts: { quarantined: 2 } }));
  live.note('b', beat({ counts: { quarantined: 1, rebuilt: 4 } }));
  live.note('a', beat({ counts: { quarantined: 5 } }));
  live.note('a', undefined);
  live.note('c', beat({ counts: { quarantined: 1, stepsRetried: 7 } }));
  expect(Object.fromEntries(live.counts())).toEqual({ quarantined: 7, rebuilt: 4, steps_retried: 7 });
});

test('a sum never falls, whatever the heartbeats say', () => {
  const heartbeat = fc.record({
    key: fc.constantFrom('a', 'b'),
    count: fc.option(fc.double({ noNaN: true, min: -10, max: 1e9 })),
  });
  fc.assert(
    fc.property(fc.array(heartbeat), (heartbeats) => {
      const live = new LiveCoordinators();
      let last = 0;
      for (const { key, count } of heartbeats) {
        live.note(key, count === null ? undefined : beat({ counts: { rebuilt: count } }));
        const now = live.counts().get('rebuilt') ?? 0;
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
    }),
  );
});

test('partitions that stand still are counted while their coordinator says so', () => {
  const live = new LiveCoordinators();
  live.note(
    'a',
    beat({
      stuck: [
        { partition: '01', for_sec: 16, why: 'x' },
        { partition: '02', for_sec: 17, why: 'x' },
      ],
    }),
  );
  expect(live.stuckPartitions).toBe(2);
  live.note('a', beat());
  expect(live.stuckPartitions).toBe(0);
});

test('what cannot be read and what is no name is no trouble', () => {
  const live = new LiveCoordinators();
  live.note('a', new TextEncoder().encode('{'));
  live.note('b', beat({ counts: { 'not a name': 3, 'a{b}': 1, fine: 1 } }));
  expect(Object.fromEntries(live.counts())).toEqual({ fine: 1 });
});

test('the coordinators that are there are counted, and the clock that is furthest off', () => {
  const live = new LiveCoordinators();
  live.note('a', beat({ beat_at: '2026-01-01T00:00:05.000Z' }), Date.parse('2026-01-01T00:00:03.500Z'));
  live.note('b', beat(), Date.parse('2026-01-01T00:00:00.000Z'));
  expect([live.count, live.clockDifferenceMs]).toEqual([2, 1_500]);
  live.note('a', undefined);
  expect([live.count, live.clockDifferenceMs]).toEqual([1, undefined]);
});
