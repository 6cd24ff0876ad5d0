/**
 * Requests to a site on this machine, through `http` and through `scrape`, beside a bare loop of undici with as many at once: what the system costs where the other
 * side costs next to nothing, and where it takes as long as a site that is near.
 */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import type { JobView } from '@manyhands/proto';
import { createClient } from '@manyhands/sdk';
import { ended, endsWithBench } from '../children.ts';
import type { MeasuredSystem } from '../system.ts';
import { percentile, timed } from '../timing.ts';
import type { Figures, Workload } from '../workload.ts';
import { onBareThreads } from './bare-threads.ts';

const REQUESTS = 10_000;
/** As both kinds have it. */
const AT_ONCE = 32;
/** Of a bare run and one of ours after it. */
const PAIRS = 3;
/** The highest rate of one host that there is; a bare loop is quicker, so the site is several hosts. */
const HOSTS = 4;
const params = {
  http: { url: '{{item}}', method: 'GET' },
  scrape: { per_second: 10_000 },
} as const;
type Kind = keyof typeof params;
/** Until the site answers. */
const WAITS_MS = [0, 10];

/** Of a system with one worker whose jobs may reach loopback. */
export const requests: readonly Workload[] = (['http', 'scrape'] as const).flatMap((kind) =>
  WAITS_MS.map((waitMs): Workload => ({
    name: `${REQUESTS.toLocaleString('en')} addresses of a local site${waitMs === 0 ? '' : ` that takes ${waitMs} ms`} through ${kind}, ${AT_ONCE} at once`,
    durability: '1s',
    run: (system) => besideBareLoop(system, kind, waitMs),
  })),
);

async function besideBareLoop(system: MeasuredSystem, kind: Kind, waitMs: number): Promise<Figures> {
  const site = await startSite(waitMs);
  try {
    // A shape that was never seen starts with single chunks.
    await ours(system, kind, site.bases);
    const pairs: (Ours & { bareMs: number })[] = [];
    while (pairs.length < PAIRS) pairs.push({ bareMs: await bareMs(site.bases), ...(await ours(system, kind, site.bases)) });
    const middle = (of: (pair: (typeof pairs)[number]) => number): number => percentile(pairs.map(of), 0.5);
    return {
      'share of a bare loop': middle((pair) => pair.bareMs / pair.ms),
      'share, job alone': middle((pair) => pair.bareMs / pair.jobMs),
      'requests/s': middle((pair) => REQUESTS / (pair.ms / 1_000)),
      'bare requests/s': middle((pair) => REQUESTS / (pair.bareMs / 1_000)),
    };
  } finally {
    await site.stop();
  }
}

async function bareMs(bases: readonly string[]): Promise<number> {
  const { ms, value } = await onBareThreads('./bare-requests.ts', { bases, atOnce: AT_ONCE }, REQUESTS, 1);
  if (value !== REQUESTS) throw new Error(`the bare loop read ${value} of ${REQUESTS} pages`);
  return ms;
}

interface Ours {
  /** From before the first address is handed in until the client holds the last line. */
  ms: number;
  /** From the job's submission to its end. */
  jobMs: number;
}

async function ours(system: MeasuredSystem, kind: Kind, bases: readonly string[]): Promise<Ours> {
  const client = createClient({ baseUrl: await system.gateway() });
  const addresses = Array.from({ length: REQUESTS }, (_, at) => `${bases[at % HOSTS]}/page/${at}`);
  let jobMs = 0;
  const onView = ({ duration_sec: sec }: JobView): void => void (jobMs = (sec ?? 0) * 1_000);
  const { ms, value: read } = await timed(async () => {
    let count = 0;
    for await (const { output } of client.map(kind, addresses, params[kind], { onView }))
      if ((output as { status?: number } | undefined)?.status === 200) count += 1;
    return count;
  });
  if (read !== REQUESTS) throw new Error(`${kind} read ${read} of ${REQUESTS} pages`);
  return { ms, jobMs };
}

async function startSite(waitMs: number): Promise<{ bases: string[]; stop: () => Promise<void> }> {
  const child = endsWithBench(
    spawn(process.execPath, [`${import.meta.dirname}/site.ts`, String(waitMs), String(HOSTS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const [ports] = (await once(child.stdout, 'data')) as [Buffer];
  const bases = ports
    .toString()
    .trim()
    .split(' ')
    .map((port) => `http://127.0.0.1:${port}`);
  return { bases, stop: () => ended(child, 'SIGTERM') };
}
