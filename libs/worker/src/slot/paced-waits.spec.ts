import { expect, it, vi } from 'vitest';
import { PacedWaits } from './paced-waits.ts';
import { RunClock } from './run-clock.ts';
import type { PaceAsk } from './slot-messages.ts';

const ask: PaceAsk = { id: 7, run: 1, done: 0, name: 'host', perSec: 5, again: false };

it('a call that has a turn of its thread leaves the line, its clock goes on, and the others wait', async () => {
  const waiting = new Map<AbortSignal, true>();
  const clock = new RunClock();
  const paused = vi.spyOn(clock, 'pause');
  const resumed = vi.spyOn(clock, 'resume');
  const waits = new PacedWaits(
    (_call, signal) =>
      new Promise((resolve) => {
        waiting.set(signal, true);
        signal.addEventListener('abort', () => (waiting.delete(signal), resolve(undefined)));
      }),
    clock,
  );
  const told = vi.fn();
  const [left] = [waits.open(ask, told), waits.open({ ...ask, id: 8 }, told)];
  await waits.open({ ...ask, over: true }, told);
  await left;
  expect(waiting.size).toBe(1);
  expect(told.mock.calls).toEqual([[{ do: 'paced', run: 1, id: 7 }]]);
  expect([paused.mock.calls.length, resumed.mock.calls.length]).toEqual([2, 1]);
  waits.end();
});
