/**
 * Readers and a tenth that never reads, at one gateway: how late the readers are, what the gateway holds for the others, and when it lets
 * go of them.
 *
 * The stuck are stuck for real: their sockets are paused, so that their TCP windows fill, then the gateway's kernel buffers, and
 * only then the gateway itself. Views are written straight to the bucket, some megabytes of them first to fill those buffers, then
 * small ones ten times a second to measure with.
 */
import { openBroker, openBucket, provision } from '@manyhands/broker';
import type { Bucket } from '@manyhands/nats';
import { encode, keys, newJobId, type JobView } from '@manyhands/proto';
import { aJobView, reservedPort, startNatsServer } from '@manyhands/testkit';
import { residentMb, startGateway, type GatewayProcess } from './gateway-process.ts';
import { reachOf, type Change, type Reach } from './reach.ts';
import { startSwarm } from './swarm.ts';

export interface Crowd {
  websockets: number;
  streams: number;
  /** Of ten clients so many never read. */
  stuckOfTen: number;
  /** Seconds to measure for. */
  seconds: number;
  /** Also wait until the stuck are ended: some 30 s. */
  untilCut: boolean;
}

export interface SlowReaders {
  /** Of those who read. */
  reach: Reach;
  readersLost: number;
  /** Stuck clients the gateway found to be behind, of all. */
  behind: number;
  stuck: number;
  /** The most that was held for any client. */
  heldBytesMax: number;
  /** Seconds from the first that was behind until none of the stuck was left; NaN when not waited for. */
  cutAfterSec: number;
  /** Resident memory: with all clients connected, and the most while a tenth was stuck. */
  gatewayMb: number;
  gatewayMbMax: number;
  /** Connections NATS called slow consumers. */
  slowConsumers: number;
}

const fillBytes = 30_000;
const fillWithinMs = 60_000;
const cutWithinMs = 60_000;

export async function watchSlowReaders(crowd: Crowd, say: (line: string) => void = () => undefined): Promise<SlowReaders> {
  const monitorPort = await reservedPort();
  const server = await startNatsServer({ extraConfig: `http: 127.0.0.1:${monitorPort}` });
  const broker = await openBroker({ url: server.url, name: 'writer' });
  await provision(broker);
  const jobs = await openBucket(broker, 'jobs');
  const gateway = await startGateway(server.url);
  const swarm = startSwarm();
  try {
    const view = aJobView({ job_id: newJobId(), status: 'running' });
    const write = writerOf(jobs, view);
    await write(0);
    const flocks = [
      { transport: 'websocket', count: crowd.websockets, jobs: [] },
      { transport: 'sse', count: crowd.streams, jobs: [view.job_id] },
    ] as const;
    for (const flock of flocks) await swarm.open({ ...flock, origin: gateway.origin, stuck: stuckOf(flock.count) });
    const gatewayMb = residentMb(gateway.pid);
    const stuck = stuckOf(crowd.websockets) + stuckOf(crowd.streams);
    const readers = crowd.websockets + crowd.streams - stuck;

    for (
      const endMs = Date.now() + fillWithinMs;
      (await gateway.metric('manyhands_watchers_behind')) < stuck && Date.now() < endMs;
    ) {
      for (let change = 0; change < 20; change += 1) await write(fillBytes);
    }
    const filledAtMs = Date.now();
    const behind = await behindFor(gateway, 500);
    say(`${behind} of ${stuck} stuck clients are behind; measuring for ${crowd.seconds} s`);

    swarm.forget();
    const changes: Change[] = [];
    let [heldBytesMax, gatewayMbMax] = [0, 0];
    for (const endMs = Date.now() + crowd.seconds * 1_000; Date.now() < endMs; await pause(100)) {
      changes.push(await write(0));
      if (changes.length % 5 !== 0) continue;
      heldBytesMax = Math.max(
        heldBytesMax,
        await gateway.metric('manyhands_watcher_held_bytes', 'websocket'),
        await gateway.metric('manyhands_watcher_held_bytes', 'sse'),
      );
      gatewayMbMax = Math.max(gatewayMbMax, residentMb(gateway.pid));
    }
    await pause(1_000);
    const arrivals = await swarm.report();

    let cutAfterSec = Number.NaN;
    if (crowd.untilCut) {
      for (
        const endMs = Date.now() + cutWithinMs;
        (await gateway.metric('manyhands_watchers')) > readers && Date.now() < endMs;
        await pause(250)
      )
        await write(0);
      cutAfterSec = (await gateway.metric('manyhands_watchers')) === readers ? (Date.now() - filledAtMs) / 1_000 : Infinity;
    }
    const { slow_consumers: slowConsumers } = (await (await fetch(`http://127.0.0.1:${monitorPort}/varz`)).json()) as {
      slow_consumers: number;
    };
    return {
      reach: reachOf(changes, arrivals, () => readers),
      readersLost: (await swarm.report()).lost.reading,
      behind,
      stuck,
      heldBytesMax,
      cutAfterSec,
      gatewayMb,
      gatewayMbMax,
      slowConsumers,
    };
  } finally {
    swarm.stop();
    await gateway.stop();
    await broker.close();
    await server.stop();
  }

  function stuckOf(count: number): number {
    return Math.floor((count * crowd.stuckOfTen) / 10);
  }
}

/** Writes a newer view of the job, padded as asked. */
function writerOf(jobs: Bucket, view: JobView): (padding: number) => Promise<Change> {
  const key = keys.job(view.tenant, view.job_id);
  let completed = 0;
  return async (padding) => {
    completed += 1;
    const revision = await jobs.put(key, encode({ ...view, completed_chunks: completed, detail: 'x'.repeat(padding) }));
    return { key, revision, storedAtMs: (await jobs.get(key))!.createdAtMs };
  };
}

/** Readers may be behind for a moment; who still is after a while is stuck. */
async function behindFor(gateway: GatewayProcess, ms: number): Promise<number> {
  let least = Infinity;
  for (const endMs = Date.now() + ms; Date.now() < endMs; await pause(50))
    least = Math.min(least, await gateway.metric('manyhands_watchers_behind'));
  return least;
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
