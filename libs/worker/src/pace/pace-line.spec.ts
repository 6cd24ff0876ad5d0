import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { passed } from './fake-time.fixture.ts';
import { GIVEN_MS, LATE_MS, reserve } from './gcra.ts';
import { PaceLine } from './pace-line.ts';

const never = new AbortController().signal;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Book {
  state?: { next_at_ms: number; per_sec: number };
  by?: symbol;
}

/** A line over a book that is this test's: what is taken was reserved like it is in NATS, `answerMs` later. */
function line(perSec: number, answerMs = 5, book: Book = {}) {
  const taken: number[] = [];
  const emptied = vi.fn();
  const me = Symbol();
  const made = new PaceLine({
    perSec,
    emptied,
    async take(wanted) {
      for (;;) {
        if (wanted() <= 0) return 'none wanted';
        await Promise.resolve();
        const got = reserve(book.state, Date.now(), perSec, wanted());
        await passed(got.is === 'later' ? got.inMs : answerMs);
        if (got.is === 'later') continue;
        if (book.state && book.state.next_at_ms > got.firstAtMs) continue;
        const isShared = book.by !== undefined && book.by !== me;
        Object.assign(book, { state: { next_at_ms: got.nextAtMs, per_sec: perSec }, by: me });
        taken.push(got.count);
        return { ...got, isShared };
      }
    },
  });
  const calls: number[] = [];
  const call = (signal = never, again = false) =>
    void made.wait(signal, again).then((turn) => turn !== undefined && calls.push(Date.now()));
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

  // Seen: calls waited for as long as the clock was set back by.
  it('goes on where the clock is set back meanwhile', async () => {
    const book: Book = {};
    const { calls, call } = line(10, 5, book);
    for (let calling = 0; calling < 10; calling += 1) call();
    await vi.advanceTimersByTimeAsync(250);
    vi.setSystemTime(Date.now() - 3_600_000);
    delete book.state;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(calls).toHaveLength(10);
  });

  it('what was not called for is not saved up', async () => {
    const { calls, call } = line(10);
    call();
    await vi.advanceTimersByTimeAsync(5_000);
    for (let calling = 0; calling < 20; calling += 1) call();
    await vi.advanceTimersByTimeAsync(990);
    expect(calls.length).toBeLessThanOrEqual(11);
  });

  it('of a rate that it has to itself it takes turns ahead, so that calls do not wait for an answer', async () => {
    const { made, taken, emptied } = line(500, 30);
    let calls = 0;
    const untilMs = Date.now() + 2_000;
    const caller = async (): Promise<void> => {
      while (Date.now() < untilMs) {
        await made.wait(never, false);
        calls += 1;
        await passed(10);
      }
    };
    for (let callers = 0; callers < 4; callers += 1) void caller();
    await vi.advanceTimersByTimeAsync(4_000);
    // 800 at the most: four callers that wait 10 ms each.
    expect(calls).toBeGreaterThan(600);
    expect(taken.length).toBeLessThan(40);
    expect(emptied).toHaveBeenCalledOnce();
  });

  it.each([100, 500, 5_000])(
    'keeps a rate of %d a second that it has to itself, however many call, now and then',
    async (perSec) => {
      const { made } = line(perSec, 30);
      const calls: number[] = [];
      const caller = async (from: number): Promise<void> => {
        for (let call = 0; Date.now() - beganAtMs < 4_000; call += 1) {
          const turn = await made.wait(never, false);
          expect(turn!.dueAtMs).toBeLessThanOrEqual(Date.now());
          calls.push(Date.now());
          for (let more = 0; more < (turn!.more?.count ?? 0); more += 1) {
            const dueAtMs = turn!.more!.firstAtMs + more * turn!.more!.everyMs;
            expect(dueAtMs).toBeGreaterThan(turn!.dueAtMs!);
            calls.push(dueAtMs);
          }
          await passed(call % 20 === 19 ? 300 : 1 + (from % 7));
        }
      };
      const beganAtMs = Date.now();
      for (let from = 0; from < 50; from += 1) void caller(from);
      await vi.advanceTimersByTimeAsync(5_000);
      const atMs = calls.toSorted((one, other) => one - other);
      const inSecond = Math.ceil((perSec * (1_000 + LATE_MS)) / 1_000);
      expect(atMs.length).toBeGreaterThan(2 * inSecond);
      for (let at = inSecond + 1; at < atMs.length; at += 1)
        expect(atMs[at]! - atMs[at - inSecond - 1]!).toBeGreaterThanOrEqual(1_000);
    },
  );

  it('takes none ahead of a rate that others take from', async () => {
    const book: Book = {};
    const lines = [line(200, 5, book), line(200, 5, book)];
    const untilMs = Date.now() + 3_000;
    const calls = lines.map(() => 0);
    lines.forEach(({ made }, which) => {
      const caller = async (): Promise<void> => {
        while (Date.now() < untilMs) {
          await made.wait(never, false);
          calls[which]! += 1;
          await passed(20);
        }
      };
      for (let callers = 0; callers < 2; callers += 1) void caller();
    });
    await vi.advanceTimersByTimeAsync(4_000);
    for (const { taken } of lines) expect(Math.max(...taken.slice(5))).toBeLessThanOrEqual(2);
    for (const count of calls) expect(count).toBeGreaterThan(100);
  });

  it('gives a thread the turns of the next moment, unless calls wait', async () => {
    const { made, taken, call } = line(5_000, 5);
    call();
    await vi.advanceTimersByTimeAsync(6);
    call();
    await vi.advanceTimersByTimeAsync(30);
    const { more } = made.ahead();
    expect(more).toMatchObject({ everyMs: 0.2 });
    expect(more!.firstAtMs + more!.count * more!.everyMs).toBeLessThanOrEqual(Date.now() + GIVEN_MS + 1);
    expect(taken[1]).toBeGreaterThan(900);
    // Its turn is that after the given ones.
    const waiting = made.wait(never, false);
    expect(made.ahead()).toEqual({});
    await vi.advanceTimersByTimeAsync(GIVEN_MS + 2);
    expect((await waiting)!.dueAtMs).toBeGreaterThanOrEqual(more!.firstAtMs + more!.count * more!.everyMs);
  });

  it('asks no more once the worker ends', async () => {
    const take = vi.fn(async () => 'closed' as const);
    const emptied = vi.fn();
    void new PaceLine({ perSec: 1, take, emptied }).wait(never, false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(take).toHaveBeenCalledOnce();
  });
});
