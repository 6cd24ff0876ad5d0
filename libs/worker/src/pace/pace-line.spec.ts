import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LATE_MS, reserve } from './gcra.ts';
import { PaceLine } from './pace-line.ts';

const never = new AbortController().signal;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A line over a book that is this test's: what is taken was reserved like it is in NATS, `answerMs` later. */
function line(perSec: number, answerMs = 5) {
  const taken: number[] = [];
  const emptied = vi.fn();
  let state: { next_at_ms: number; per_sec: number } | undefined;
  const made = new PaceLine({
    perSec,
    emptied,
    async take(wanted) {
      for (;;) {
        if (wanted() <= 0) return 'none wanted';
        await Promise.resolve();
        const got = reserve(state, Date.now(), perSec, wanted());
        // eslint-disable-next-line no-restricted-globals -- the time of this test is its own
        await new Promise((resume) => setTimeout(resume, got.is === 'later' ? got.inMs : answerMs));
        if (got.is === 'later') continue;
        state = { next_at_ms: got.nextAtMs, per_sec: perSec };
        taken.push(got.count);
        return got;
      }
    },
  });
  const calls: number[] = [];
  const call = (signal = never, again = false) =>
    void made.wait(signal, again).then((dueAtMs) => dueAtMs !== undefined && calls.push(Date.now()));
  return { made, taken, emptied, calls, call };
}

describe('the line of calls under one rate', () => {
  it('lets each call go when it is due, and takes a second of them at once', async () => {
    const { taken, calls, call, emptied } = line(10);
    for (let calling = 0; calling < 10; calling += 1) call();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(taken).toEqual([10]);
    expect(calls).toHaveLength(10);
    expect(new Set(calls.slice(1).map((atMs, before) => atMs - calls[before]!))).toEqual(new Set([100]));
    expect(emptied).toHaveBeenCalledOnce();
  });

  it('uses the whole rate while calls wait, and never more of it in a second', async () => {
    const { calls, call } = line(50, 30);
    for (let calling = 0; calling < 400; calling += 1) call();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls.length).toBeGreaterThanOrEqual(245);
    for (let at = 51; at < calls.length; at += 1) expect(calls[at]! - calls[at - 51]!).toBeGreaterThanOrEqual(1_000);
  });

  it('gives the turn of a call that is aborted to the next one', async () => {
    const { calls, call, made } = line(1);
    const abort = new AbortController();
    const first = made.wait(abort.signal, false);
    call();
    await vi.advanceTimersByTimeAsync(6);
    abort.abort();
    expect(await first).toBeUndefined();
    await vi.advanceTimersByTimeAsync(50);
    expect(calls).toHaveLength(1);
    const aborted = new AbortController();
    aborted.abort();
    expect(await made.wait(aborted.signal, false)).toBeUndefined();
  });

  it('a call that had its turn too late goes before the others', async () => {
    const { made } = line(10);
    const order: string[] = [];
    void made.wait(never, false).then(() => order.push('first'));
    void made.wait(never, false).then(() => order.push('second'));
    void made.wait(never, true).then(() => order.push('again'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(order).toEqual(['again', 'first', 'second']);
  });

  it('does not make up for turns that passed while the process was stopped', async () => {
    const { calls, call } = line(50);
    for (let calling = 0; calling < 100; calling += 1) call();
    await vi.advanceTimersByTimeAsync(100);
    const before = calls.length;
    vi.setSystemTime(Date.now() + 400);
    await vi.advanceTimersByTimeAsync(20);
    expect(calls.length - before).toBeLessThanOrEqual(LATE_MS / 20 + 2);
  });

  it('what was not called for is not saved up', async () => {
    const { calls, call } = line(10);
    call();
    await vi.advanceTimersByTimeAsync(5_000);
    for (let calling = 0; calling < 20; calling += 1) call();
    await vi.advanceTimersByTimeAsync(990);
    expect(calls.length).toBeLessThanOrEqual(11);
  });

  it('asks no more once the worker ends', async () => {
    const take = vi.fn(async () => 'closed' as const);
    const emptied = vi.fn();
    void new PaceLine({ perSec: 1, take, emptied }).wait(never, false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(take).toHaveBeenCalledOnce();
  });
});
