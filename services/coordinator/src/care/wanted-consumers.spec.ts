import { consumers, PARTITION_COUNT, STREAMS } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { wantedConsumers } from './wanted-consumers.ts';

const namesOf = (stream: string, present: string[] = [], kinds: string[] = []) =>
  wantedConsumers(stream, new Set(present), (kind) => kinds.includes(kind)).map(({ durable_name: name }) => name);

it('partitions, due schedules and notices are wanted always, history once it was there', () => {
  expect(namesOf(STREAMS.mailbox.name)).toHaveLength(PARTITION_COUNT);
  expect(namesOf(STREAMS.schedules.name)).toEqual([consumers.dueSchedules]);
  expect(namesOf(STREAMS.advisories.name)).toEqual([consumers.reclaim]);
  expect(namesOf(STREAMS.events.name)).toEqual([]);
  expect(namesOf(STREAMS.events.name, [consumers.history])).toEqual([consumers.history]);
  expect(namesOf(STREAMS.dead.name, ['x'])).toEqual([]);
});

it('a queue that was there is wanted as long as somebody computes its kind, and nothing else that stands on WORK', () => {
  const present = ['primes_high', 'primes_low-young', 'retired_normal', 'mine', 'primes_mine', '_high'];
  expect(namesOf(STREAMS.work.name, present, ['primes', ''])).toEqual(['primes_high', 'primes_low-young']);
});
