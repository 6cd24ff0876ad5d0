import { expect, it } from 'vitest';
import { Seats } from './seats.ts';

const refusal = (seats: number, isOwn: boolean): Error => new Error(`${isOwn ? 'own' : 'all'} ${seats}`);
const ann = { tenant: 'ann', by: 'session' } as const;
const bob = { tenant: 'bob', by: 'key' } as const;
const cid = { tenant: 'cid', by: 'key' } as const;

it('one account has half of the seats at most, and all accounts together all of them', () => {
  const seats = new Seats(4);
  const leave = seats.take(ann, refusal);
  seats.take(ann, refusal);
  expect(() => seats.take(ann, refusal)).toThrow('own 2');
  seats.take(bob, refusal);
  seats.take(bob, refusal);
  expect(() => seats.take(cid, refusal)).toThrow('all 4');
  leave();
  expect(seats.taken).toBe(3);
  seats.take(ann, refusal);
  expect(() => seats.take(ann, refusal)).toThrow('all 4');
});

it('without accounts one tenant may have all of them', () => {
  const seats = new Seats(4);
  const everyone = { tenant: 'local', by: 'open' } as const;
  for (let n = 0; n < 4; n += 1) seats.take(everyone, refusal);
  expect(() => seats.take(everyone, refusal)).toThrow('all 4');
});
