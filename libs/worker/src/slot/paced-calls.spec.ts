/** What many calls at once get of a rate: the thread, its slots and the line of the worker together, on a clock of their own. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { passed } from '../pace/fake-time.fixture.ts';
import { LATE_MS, reserve } from '../pace/gcra.ts';
import { PaceLine } from '../pace/pace-line.ts';
import { Pacing } from './pacing.ts';
import type { PaceAsk } from './slot-messages.ts';
import { ThreadTurns } from './thread-turns.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;
const SECONDS = 4;
/** Between the worker and its thread, and to the server and back. */
const MESSAGE_MS = 1;
const ANSWER_MS = 3;

interface Seen {
  /** When. */
  calls: number[];
  /** From the threads to their worker. */
  messages: number;
}

/** `atOnce` seats in so many threads that call, do something for `workMs`, and call again. */
async function callsOf(perSec: number, atOnce: number, workMs: number, threads: number): Promise<Seen> {
  let book: { next_at_ms: number; per_sec: number } | undefined;
  const line = new PaceLine({
    perSec,
    emptied() {},
    async take(wanted) {
      for (;;) {
        if (wanted() <= 0) return 'none wanted';
        const got = reserve(book, Date.now(), perSec, Math.max(1, wanted()));
        await passed(got.is === 'later' ? got.inMs : ANSWER_MS);
        if (got.is === 'later') continue;
        book = { next_at_ms: got.nextAtMs, per_sec: perSec };
        return got;
      }
    },
  });
  const turns = Array.from({ length: threads }, () => new ThreadTurns());
  const seen: Seen = { calls: [], messages: 0 };
  const untilMs = Date.now() + SECONDS * 1_000;
  async function seat(which: number): Promise<void> {
    const open = new Map<number, AbortController>();
    const answered = async ({ id, again, ahead, over }: PaceAsk): Promise<void> => {
      seen.messages += 1;
      await passed(MESSAGE_MS);
      if (over) return open.get(id)?.abort();
      const waiting = new AbortController();
      open.set(id, waiting);
      const turn = ahead ? line.ahead() : await line.wait(waiting.signal, again);
      open.delete(id);
      await passed(MESSAGE_MS);
      pacing.due(id, turn?.dueAtMs, turn?.more);
    };
    const pacing = new Pacing((ask) => void answered(ask), turns[which % threads]);
    for (let done = 0; Date.now() < untilMs; done += 1) {
      await pacing.wait({ run: 1, done, name: 'host', rate: { perSec }, signal: never });
      seen.calls.push(Date.now());
      await passed(workMs + ((which + done) % 3));
    }
  }
  for (let which = 0; which < atOnce; which += 1) void seat(which);
  await vi.advanceTimersByTimeAsync((SECONDS + 1) * 1_000);
  return seen;
}

// Seen: 32 calls at once had 3,600 of 10,000 a second here (4,500 on a real worker), with 680 messages.
it.each([
  [10_000, 32, 1, 1],
  [10_000, 100, 5, 1],
  [2_000, 32, 2, 1],
  [1_000, 8, 1, 2],
  [500, 8, 1, 1],
])(
  '%d a second are had by %d calls at once that take %d ms and more, in %d thread(s)',
  async (perSec, atOnce, workMs, threads) => {
    const { calls } = await callsOf(perSec, atOnce, workMs, threads);
    expect(calls.length).toBeGreaterThan(0.9 * perSec * SECONDS);
    const inSecond = Math.ceil((perSec * (1_000 + LATE_MS)) / 1_000);
    for (let at = inSecond + 1; at < calls.length; at += 1)
      expect(calls[at]! - calls[at - inSecond - 1]!).toBeGreaterThanOrEqual(1_000);
  },
);

it('a rate that all calls have room in costs few messages', async () => {
  const { calls, messages } = await callsOf(10_000, 16, 1, 1);
  expect(calls.length).toBeGreaterThan(20_000);
  expect(messages).toBeLessThan(100 * SECONDS);
});
