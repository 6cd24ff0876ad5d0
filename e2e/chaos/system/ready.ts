/** Waits until every gateway says that a job submitted now would be computed. */
import { setTimeout as wait } from 'node:timers/promises';
import type { ComposedSystem } from './composed-system.ts';

const readyWithinMs = 90_000;

export async function untilReady({ gateways }: Pick<ComposedSystem, 'gateways'>): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    const answers = await Promise.all(
      gateways.map((gateway) =>
        fetch(`${gateway}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
          (answer) => answer.status,
          () => 0,
        ),
      ),
    );
    if (answers.every((status) => status === 200)) return;
    if (performance.now() > deadline)
      throw new Error(`the system was not ready in ${readyWithinMs} ms; the gateways answered ${answers.join(', ')}`);
    await wait(100);
  }
}
