/** Waits until the gateway says the whole system is ready, telling from time to time what is still missing. */
import { setTimeout as wait } from 'node:timers/promises';

export interface ReadinessOptions {
  url: string;
  /** Called every `reportMs` with what the gateway last said. */
  waiting?: (said: string) => void;
  reportMs?: number;
  signal?: AbortSignal;
}

/** `ready`, or what is missing. Never throws. */
export async function askReadiness(url: string): Promise<'ready' | string> {
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(2_000) });
    if (response.ok) return 'ready';
    const text = (await response.text()).trim();
    return text === '' ? `/readyz answers ${response.status}` : text.slice(0, 300);
  } catch {
    return 'the gateway does not answer yet';
  }
}

/** Resolves when `/readyz` is 200. Rejects with the signal's reason when that is aborted first. */
export async function waitUntilReady({ url, waiting, reportMs = 10_000, signal }: ReadinessOptions): Promise<void> {
  let reportAt = performance.now() + reportMs;
  for (;;) {
    const said = await askReadiness(url);
    if (said === 'ready') return;
    signal?.throwIfAborted();
    if (waiting && performance.now() >= reportAt) {
      waiting(said);
      reportAt += reportMs;
    }
    await wait(100, undefined, signal ? { signal } : {});
  }
}
