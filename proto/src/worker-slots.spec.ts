import { expect, test } from 'vitest';
import { sharedOf, slotsOf, threadsOf } from './worker-slots.ts';

const beat = { slots: 66, busy_slots: 5, kind_slots: { http: 32, scrape: 32 }, busy_kind_slots: { http: 3 } };

test('slots of a kind of its own are not those of threads', () => {
  expect(threadsOf(beat)).toEqual({ slots: 2, busy: 2 });
  expect(slotsOf(beat, 'sum')).toEqual({ slots: 2, busy: 2 });
  expect(slotsOf(beat, 'http')).toEqual({ slots: 32, busy: 3 });
  expect(slotsOf(beat, 'scrape')).toEqual({ slots: 32, busy: 0 });
  expect(sharedOf(beat)).toEqual({ slots: 64, busy: 3 });
});

test('a worker without such kinds has its threads', () => {
  const plain = { slots: 2, busy_slots: 1 };
  expect([threadsOf(plain), slotsOf(plain, 'sum'), sharedOf(plain)]).toEqual([
    { slots: 2, busy: 1 },
    { slots: 2, busy: 1 },
    { slots: 0, busy: 0 },
  ]);
});

test('one of an earlier release, which does not state what its slots compute, has no more busy threads than threads', () => {
  const { busy_kind_slots: _left, ...earlier } = beat;
  expect(threadsOf(earlier)).toEqual({ slots: 2, busy: 2 });
  expect(threadsOf({ slots: 1, busy_slots: 0, kind_slots: { http: 32 } })).toEqual({ slots: 0, busy: 0 });
});
