/** Asks the gateway whether a job submitted now would be computed, and waits until it would. */
import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * `away`: no program answers. `stranger`: a program answers, but it is not our gateway. `starting`: a gateway that still misses what
 * `missing` lists.
 */
export type Readiness = { state: 'ready' } | { state: 'away' } | { state: 'stranger' } | { state: 'starting'; missing: string };

const noWorker = 'no worker';

/** Reads the answer of `/readyz`. Pure. */
export function readinessOf(body: string): Readiness {
  const answer = parse(body) as
    | { ready?: unknown; checks?: { nats?: unknown; storage?: unknown; coordinators?: unknown; workers?: unknown } }
    | null
    | undefined;
  if (typeof answer !== 'object' || answer === null || typeof answer.ready !== 'boolean') return { state: 'stranger' };
  if (answer.ready) return { state: 'ready' };
  const { nats, storage, coordinators, workers } = answer.checks ?? {};
  const missing = [
    nats === false ? 'NATS does not answer' : storage === false && 'NATS stores nothing (is its disk full?)',
    coordinators === 0 && 'no coordinator',
    workers === 0 && noWorker,
  ].filter(Boolean);
  return { state: 'starting', missing: missing.join(', ') || 'not ready' };
}

/** Never throws. */
export async function askReadiness(url: string): Promise<Readiness> {
  try {
    return readinessOf(await bodyOf(new URL('/readyz', url)));
  } catch {
    return { state: 'away' };
  }
}

/** Asked itself, whatever proxy the environment names: an agent of our own knows none. */
function bodyOf(url: URL): Promise<string> {
  const agent = new Agent({ keepAlive: false });
  return new Promise<string>((resolve, reject) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(answerWithinMs) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > answerLengthMax) request.destroy(new Error('the answer is too long to be one of the gateway'));
      });
      response.once('end', () => resolve(body)).once('error', reject);
    });
    request.once('error', reject);
  }).finally(() => agent.destroy());
}

const answerWithinMs = 2_000;
const answerLengthMax = 1024 ** 2;

export interface ReadinessOptions {
  url: string;
  /** Called every `reportMs` with what is still missing. */
  waiting?: (missing: string) => void;
  reportMs?: number;
  /** Rejects with its reason when aborted first. */
  signal?: AbortSignal;
  /** Whether a system without a worker is ready. */
  withoutWorkers?: boolean;
}

export async function waitUntilReady({
  url,
  waiting,
  reportMs = 10_000,
  signal,
  withoutWorkers = false,
}: ReadinessOptions): Promise<void> {
  let reportAt = performance.now() + reportMs;
  for (;;) {
    const readiness = await askReadiness(url);
    if (readiness.state === 'ready') return;
    if (withoutWorkers && readiness.state === 'starting' && readiness.missing === noWorker) return;
    signal?.throwIfAborted();
    if (waiting && performance.now() >= reportAt) {
      waiting(
        readiness.state === 'starting'
          ? readiness.missing
          : readiness.state === 'stranger'
            ? `another program answers at ${url}`
            : 'the gateway does not answer',
      );
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
