/** Looks for a system that already runs: the one asked for, else where this home's or the usual one answers. */
import { Refusal } from '../refusal.ts';
import { askReadiness, waitUntilReady } from '../system/readiness.ts';

const readyMsMax = 60_000;

/** The first address that answers as ready, or is starting and becomes so. Undefined when none does. */
export async function findRunningSystem(urls: readonly string[]): Promise<string | undefined> {
  for (const url of new Set(urls)) {
    const { state } = await askReadiness(url);
    if (state === 'ready') return url;
    if (state !== 'starting') continue;
    await waitUntilReady({ url, signal: AbortSignal.timeout(readyMsMax) }).catch(() => {
      throw new Refusal(`The system at ${url} runs but does not become ready; its log states why.`);
    });
    return url;
  }
  return undefined;
}

/** Throws a refusal when nothing of ours answers there. */
export async function requireRunningSystem(url: string): Promise<string> {
  const found = await findRunningSystem([url]);
  if (found) return found;
  throw new Refusal(`No Manyhands answers at ${url}. Start one with "npm start", or leave --url out to let the demo start one.`);
}
