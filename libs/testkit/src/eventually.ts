/** Asks again and again until a check holds. The limit is far beyond what it takes, because a busy machine may stand still for seconds. */
import { setTimeout as wait } from 'node:timers/promises';

const withinMs = 20_000;
const againAfterMs = 20;

/** Resolves with what `check` returns once it does not throw; rejects with its last error after 20 s. */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await wait(againAfterMs);
    }
  }
}
