import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ServerClock } from './server-clock.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

// Seen: for a minute turns were taken by a time that was wrong by an hour, so that workers kept a shared rate each for itself.
it('is the same whatever the clock of this machine is set by, and asks no more often than that', async () => {
  const serverMs = () => performance.now() + 1_000_000_000_000;
  const ask = vi.fn(() => Promise.resolve(serverMs()));
  const clock = new ServerClock(ask);
  for (const byMs of [0, 3_600_000, -7_200_000]) {
    ask.mockClear();
    vi.setSystemTime(Date.now() + byMs);
    for (let time = 0; time < 3; time += 1) expect(Date.now() + (await clock.aheadMs()), `${byMs}`).toBeCloseTo(serverMs(), 0);
    expect(ask).toHaveBeenCalledTimes(5);
  }
});

it('asks again when nothing was answered', async () => {
  const ask = vi
    .fn<() => Promise<number>>()
    .mockRejectedValueOnce(new Error('away'))
    .mockResolvedValue(Date.now() + 5_000);
  const clock = new ServerClock(ask);
  await expect(clock.aheadMs()).rejects.toThrow('away');
  expect(await clock.aheadMs()).toBe(5_000);
});
