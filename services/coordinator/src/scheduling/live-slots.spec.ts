import { encode } from '@manyhands/proto';
import { aWorkerHeartbeat } from '@manyhands/testkit';
import { expect, it } from 'vitest';
import { LiveSlots } from './live-slots.ts';

function hearing(...heartbeats: Parameters<typeof aWorkerHeartbeat>[0][]): LiveSlots {
  const slots = new LiveSlots();
  for (const given of heartbeats) slots.hear({ key: given?.worker ?? 'worker-1', value: encode(aWorkerHeartbeat(given)) });
  return slots;
}

it('slots of a kind are those of every worker that knows it', () => {
  const slots = hearing({ worker: 'a', slots: 2, kinds: ['sum', 'primes'] }, { worker: 'b', slots: 3, kinds: ['primes'] });
  expect([slots.slotsOf('sum'), slots.slotsOf('primes'), slots.slotsOf('other')]).toEqual([2, 5, 0]);
});

it('a kind with slots of its own has those, and the others share the rest', () => {
  const slots = hearing(
    { worker: 'a', slots: 102, kind_slots: { fetch: 100 }, kinds: ['sum', 'fetch'] },
    { worker: 'b', slots: 5, kind_slots: { fetch: 5 }, kinds: ['fetch'] },
  );
  expect([slots.slotsOf('sum'), slots.slotsOf('fetch')]).toEqual([2, 105]);
});

it('a worker counts once, by its newest heartbeat', () => {
  expect(hearing({ slots: 2 }, { slots: 2 }, { slots: 4 }).slotsOf('sum')).toBe(4);
});

it('a worker that drains, left, or cannot be read does not count', () => {
  expect(hearing({ slots: 2 }, { slots: 2, draining: true }).slotsOf('sum')).toBe(0);
  const slots = hearing({ worker: 'a' }, { worker: 'b' });
  slots.hear({ key: 'a', value: undefined });
  slots.hear({ key: 'b', value: encode('gibberish') });
  expect(slots.slotsOf('sum')).toBe(0);
});

it('slots inside bubblewrap are those of workers that do not state that they have none', () => {
  const slots = hearing(
    { worker: 'a', slots: 2, kinds: ['script', 'sum'] },
    { worker: 'b', slots: 3, kinds: ['script', 'sum'], unconfined: ['script'] },
  );
  expect([slots.slotsOf('script'), slots.slotsOf('script', true), slots.slotsOf('sum', true)]).toEqual([5, 2, 5]);
  const told: string[][] = [];
  slots.changed = (kinds) => told.push([...kinds]);
  slots.hear({
    key: 'a',
    value: encode(aWorkerHeartbeat({ worker: 'a', slots: 2, kinds: ['script', 'sum'], unconfined: ['script'] })),
  });
  expect([slots.slotsOf('script'), slots.slotsOf('script', true)]).toEqual([5, 0]);
  expect(told).toEqual([['script']]);
});

it('tells of the kinds whose slots have changed, and of nothing when only the beat is new', () => {
  const slots = new LiveSlots();
  const told: string[][] = [];
  slots.changed = (kinds) => told.push([...kinds].sort());
  const beat = (given: Parameters<typeof aWorkerHeartbeat>[0]): void =>
    slots.hear({ key: 'a', value: encode(aWorkerHeartbeat(given)) });
  beat({ slots: 2, kinds: ['sum', 'primes'] });
  beat({ slots: 2, kinds: ['sum', 'primes'], busy_slots: 1 });
  beat({ slots: 2, kinds: ['sum'] });
  beat({ slots: 2, kinds: ['sum'], draining: true });
  expect(told).toEqual([['primes', 'sum'], ['primes'], ['sum']]);
});
