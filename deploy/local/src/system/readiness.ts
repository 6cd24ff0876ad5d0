/** Asks the gateway whether a job submitted now would be computed, and waits until it would. */
import { setTimeout as wait } from 'node:timers/promises';

/**
 * `away`: nobody answers. `stranger`: somebody answers, but not a gateway of ours. `starting`: a gateway that still misses what
 * `missing` says.
 */
export type Readiness = { state: 'ready' } | { state: 'away' } | { state: 'stranger' } | { state: 'starting'; missing: string };

/** Reads the answer of `/readyz`. Pure. */
export function readinessOf(body: string): Readiness {
  const answer = parse(body) as { ready?: unknown; checks?: { nats?: unknown; storage?: unknown; coordinators?: unknown; workers?: unknown } } | null | undefined;
  if (typeof answer !== 'object' || answer === null || typeof answer.ready !== 'boolean') return { state: 'stranger' };
  if (answer.ready) return { state: 'ready' };
  const { nats, storage, coordinators, workers } = answer.checks ?? {};
  const missing = [nats === false ? 'NATS does not answer' : storage === false && 'NATS stores nothing (is its disk full?)', coordinators === 0 && 'no coordinator', workers === 0 && 'no worker'].filter(Boolean);
  return { state: 'starting', missing: missing.join(', ') || 'not ready' };
}

/** Never throws. */
export async function askReadiness(url: string): Promise<Readiness> {
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(2_000) });
    return readinessOf(await response.text());
  } catch {
    return { state: 'away' };
  }
}

export interface ReadinessOptions {
  url: string;
  /** Told every `reportMs` what is still missing. */
  waiting?: (missing: string) => void;
  reportMs?: number;
  /** Rejects with its reason when aborted first. */
  signal?: AbortSignal;
}

export async function waitUntilReady({ url, waiting, reportMs = 10_000, signal }: ReadinessOptions): Promise<void> {
  let reportAt = performance.now() + reportMs;
  for (;;) {
    const readiness = await askReadiness(url);
    if (readiness.state === 'ready') return;
    signal?.throwIfAborted();
    if (waiting && performance.now() >= reportAt) {
      waiting(readiness.state === 'starting' ? readiness.missing : 'the gateway does not answer');
      reportAt += reportMs;
    }
    await wait(100, undefined, signal ? { signal } : {});
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
