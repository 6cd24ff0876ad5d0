import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Lifeline, PATIENCE_MS_AT_END } from './lifeline.ts';
import { ConnectionLost } from './refusal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What became of asking, and after how long. */
async function outcomeOf(lifeline: Lifeline, withinMs: number): Promise<[string, number]> {
  const fromMs = Date.now();
  return lifeline
    .insist('asking', async () => 'answered', withinMs)
    .then((answer): [string, number] => [answer, Date.now() - fromMs])
    .catch((error: Error): [string, number] => [error.message, Date.now() - fromMs]);
}

const gaveUp = 'the NATS server did not answer in time (asking)';

it('waits for a server that is away, and no longer than it was given', async () => {
  const lifeline = new Lifeline(() => false);
  lifeline.connected(false);
  const [patient, brief] = [outcomeOf(lifeline, 15_000), outcomeOf(lifeline, 1_000)];
  await vi.advanceTimersByTimeAsync(3_000);
  lifeline.connected(true);
  expect([await patient, await brief]).toEqual([
    ['answered', 3_000],
    [gaveUp, 1_000],
  ]);
});

it('ends what waits when the process is about to end, and what asks after that at once', async () => {
  const lifeline = new Lifeline(() => false);
  lifeline.connected(false);
  const waiting = outcomeOf(lifeline, 15_000);
  lifeline.hurry();
  lifeline.hurry();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS_AT_END);
  expect(await waiting).toEqual([gaveUp, PATIENCE_MS_AT_END]);
  const late = outcomeOf(lifeline, 15_000);
  await vi.advanceTimersByTimeAsync(1);
  expect((await late)[0]).toBe(gaveUp);
});

it('hurries nothing while the server answers', async () => {
  const lifeline = new Lifeline(() => false);
  lifeline.hurry();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await outcomeOf(lifeline, 15_000)).toEqual(['answered', 0]);
});

// Seen: with the clock set back by an hour a request was repeated for an hour, and with it set forward it was given up at once.
it.each([-3_600_000, 3_600_000])(
  'waits as long as it was given, whatever the clock is set by meanwhile (%i ms)',
  async (byMs) => {
    const fromMs = performance.now();
    let tookMs: number | undefined;
    void new Lifeline(() => false)
      .insist('asking', () => Promise.reject(new ConnectionLost('no answer')), 15_000)
      .catch(() => (tookMs = performance.now() - fromMs));
    await vi.advanceTimersByTimeAsync(1_000);
    vi.setSystemTime(Date.now() + byMs);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(tookMs).toBeGreaterThan(14_000);
    expect(tookMs).toBeLessThan(15_001);
  },
);
