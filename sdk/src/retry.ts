/** Tries again what may succeed later. */
import { ApiProblem } from './api-problem.ts';

export interface RetrySettings {
  /** Milliseconds before the first new try; doubles up to `retryMsMax`. */
  retryMs: number;
  retryMsMax: number;
  /** New tries without any progress. */
  triesMax: number;
}

/** Rejects with the signal's reason when it is aborted meanwhile. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', aborted, { once: true });
    function done(): void {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted(): void {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
  });
}
/** Repeats `call`, which must be safe to repeat, while it is refused for the moment or not answered. */
export async function persistently<T>(
  call: () => Promise<T>,
  { retryMs, retryMsMax, triesMax }: RetrySettings,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ApiProblem) || !error.retryable || tries >= triesMax) throw error;
      const waitMs = Math.max(retryMs * 2 ** tries, (error.retryAfterSec ?? 0) * 1_000);
      await pause(Math.min(waitMs, retryMsMax), signal);
    }
  }
}
