/** Asks again and again until a check holds. The limit is far beyond what it takes, because a busy machine may do nothing for seconds. */
import { vi } from 'vitest';

/** Resolves with what `check` returns once it does not throw; rejects with its last error after 20 s. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 20 });
}
