import { limits, newInputId, newJobId } from '@manyhands/proto';
import { bareMessage } from '@manyhands/proto/failure-groups';
import { aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deathOf, RETRY_GRID_MS, retryAtMs, runsAgain } from './retry.ts';

const jobId = newJobId();

it('the delay doubles from half a second to half a minute, and is half to all of that', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(9), fc.nat(2 ** 40), (chunk, attempt, nowMs) => {
      const longest = Math.min(30_000, 500 * 2 ** attempt);
      const delayMs = retryAtMs(jobId, chunk, attempt, nowMs) - nowMs;
      expect(delayMs).toBeGreaterThanOrEqual(longest / 2);
      expect(delayMs).toBeLessThanOrEqual(longest + Math.max(RETRY_GRID_MS, longest / 16));
      expect(retryAtMs(jobId, chunk, attempt, nowMs)).toBe(nowMs + delayMs);
    }),
  );
});

it('a kernel may ask for a longer delay than that, and not for one without end', () => {
  fc.assert(
    fc.property(fc.nat(9), fc.nat(2 ** 40), fc.nat(2 * limits.retryAfterMsMax), (attempt, nowMs, afterMs) => {
      const usualMs = retryAtMs(jobId, 0, attempt, nowMs) - nowMs;
      const delayMs = retryAtMs(jobId, 0, attempt, nowMs, afterMs) - nowMs;
      const askedMs = Math.min(afterMs, limits.retryAfterMsMax);
      expect(delayMs).toBeGreaterThanOrEqual(Math.max(askedMs, 250 * Math.min(60, 2 ** attempt)));
      expect(delayMs).toBeLessThanOrEqual(Math.max(usualMs, askedMs) + Math.max(RETRY_GRID_MS, Math.max(30_000, askedMs) / 16));
    }),
  );
});

it('chunks that fail together come back apart, at a few times', () => {
  const times = new Set(Array.from({ length: 1_000 }, (_, chunk) => retryAtMs(jobId, chunk, 5, 0)));
  expect(times.size).toBeGreaterThan(7);
  expect(times.size).toBeLessThan(12);
});

it('an error that cannot pass is not tried again, any other as often as the job allows', () => {
  const error = { code: 'x', message: 'x', retryable: true };
  const submit = aSubmitJob();
  expect(runsAgain(submit, error, limits.attemptsMax - 2)).toBe(true);
  expect(runsAgain(submit, error, limits.attemptsMax - 1)).toBe(false);
  expect(runsAgain({ ...submit, max_attempts: 10 }, error, 8)).toBe(true);
  expect(runsAgain(submit, { ...error, retryable: false }, 0)).toBe(false);
});

it('the sentence of a dead chunk is read as its error alone where chunks are grouped', () => {
  const submit = aSubmitJob();
  const byItem = { ...submit, input: { id: newInputId(), records: 9, by: 'record' as const } };
  fc.assert(
    fc.property(fc.constantFrom(submit, byItem), fc.nat(1_000_000), fc.nat(9), fc.boolean(), (job, chunk, attempt, retryable) => {
      const { message } = deathOf(job, chunk, { code: 'x', message: 'answered 503', retryable }, attempt);
      expect(message).not.toBe('answered 503');
      expect(bareMessage(message)).toBe('answered 503');
    }),
  );
});
