import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LateAcks, LATE_TICK_MS } from './late-acks.ts';
import type { Delivery } from '@manyhands/nats';

let acked: number[];
let settledThrough: number;
let acks: LateAcks;
const message = (sequence: number): Delivery =>
  ({ sequence, ack: () => void acked.push(sequence) }) as Partial<Delivery> as Delivery;

beforeEach(() => {
  vi.useFakeTimers();
  acked = [];
  settledThrough = Infinity;
  acks = new LateAcks(() => settledThrough);
});
afterEach(() => {
  acks.flush();
  acks.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('one ack, for the last message, follows many batches after one to two ticks', () => {
  for (let sequence = 1; sequence <= 9; sequence += 1) acks.handled(message(sequence), 1);
  vi.advanceTimersByTime(LATE_TICK_MS);
  expect(acked).toEqual([]);
  acks.handled(message(10), 1);
  vi.advanceTimersByTime(LATE_TICK_MS);
  expect(acked).toEqual([9]);
  vi.advanceTimersByTime(LATE_TICK_MS);
  expect(acked).toEqual([9, 10]);
  expect(vi.getTimerCount()).toBe(0);
});

it('a flush acknowledges everything handled, once', () => {
  acks.handled(message(1), 1);
  vi.advanceTimersByTime(LATE_TICK_MS);
  acks.flush();
  acks.flush();
  acks.handled(message(2), 1);
  acks.handled(message(3), 1);
  acks.flush();
  expect(acked).toEqual([1, 3]);
});

it('many messages are acknowledged at once, or the server would stop handing out', () => {
  acks.handled(message(4_000), 4_000);
  expect(acked).toEqual([]);
  acks.handled(message(5_000), 1_000);
  expect(acked).toEqual([5_000]);
});

it('nothing is acknowledged any more once the pin may be gone', () => {
  acks.handled(message(1), 1);
  settledThrough = 0;
  vi.advanceTimersByTime(5 * LATE_TICK_MS);
  acks.flush();
  expect(acked).toEqual([]);
});

it('what is not settled holds back what comes after it, and no more than that', () => {
  settledThrough = 4;
  for (const last of [2, 4, 6, 8]) {
    acks.handled(message(last), 2);
    vi.advanceTimersByTime(2 * LATE_TICK_MS);
  }
  expect(acked).toEqual([2, 4]);
  settledThrough = 7;
  vi.advanceTimersByTime(LATE_TICK_MS);
  expect(acked).toEqual([2, 4, 6]);
  settledThrough = Infinity;
  vi.advanceTimersByTime(LATE_TICK_MS);
  expect(acked).toEqual([2, 4, 6, 8]);
});

it('however long something is not settled, what is remembered of it is bounded, and all is acknowledged in the end', () => {
  settledThrough = 1;
  for (let sequence = 2; sequence < 20_000; sequence += 1) {
    acks.handled(message(sequence), 1);
    acks.flush();
  }
  expect(acked).toEqual([]);
  settledThrough = Infinity;
  acks.handled(message(20_000), 1);
  acks.flush();
  expect(acked).toEqual([20_000]);
});
