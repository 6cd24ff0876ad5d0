import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { within } from './within.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('gives what the work gives in time, and leaves no timer', async () => {
  expect(await within(1_000, Promise.resolve(7))).toBe(7);
  await expect(within(1_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(vi.getTimerCount()).toBe(0);
});

it('gives undefined when the work takes longer, whatever becomes of it then', async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  const waited = within(1_000, promise);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await waited).toBeUndefined();
  reject(new Error('too late to be seen'));
  await vi.advanceTimersByTimeAsync(0);
});

// Seen: a busy process came to it after its time, and printed a TimeoutNegativeWarning.
it('gives undefined at once when the time is over already, without a warning', async () => {
  vi.useRealTimers();
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  expect(await within(-5, new Promise(() => undefined))).toBeUndefined();
  await new Promise((resolve) => setImmediate(resolve));
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});
