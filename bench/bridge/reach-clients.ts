/**
 * How fast the bridge is: milliseconds from the moment a job's view is stored in its bucket until clients of one gateway have it,
 * while jobs run on this machine.
 *
 * The clients are a process of their own (`e2e/clients/swarm.ts`) and share the machine's cores with everything else, as does the
 * worker. The clock is one: the server's store time against the client's arrival, both on this machine, to the millisecond.
 */
import { openBucket } from '@manyhands/broker';
import { reachOf, type Change, type Reach } from '../../e2e/clients/reach.ts';
import { startSwarm } from '../../e2e/clients/swarm.ts';
import type { MeasuredSystem } from '../system.ts';
import { cpuSeconds, residentMb, startGateway } from '../../e2e/clients/gateway-process.ts';

export interface ReachSetting {
  transport: 'websocket' | 'sse';
  clients: number;
  /** All watch the list of jobs (WebSocket only), or each one of the running jobs in turn. */
  watch: 'list' | 'job';
  /** Jobs that run meanwhile. */
  jobs: number;
  seconds: number;
}

export interface MeasuredReach extends Reach {
  /** Changes of views per second meanwhile. */
  changesPerSec: number;
  /** Cores used meanwhile. */
  gatewayCores: number;
  clientCores: number;
  gatewayMb: number;
  lost: number;
}

export async function measureReach(
  system: MeasuredSystem,
  setting: ReachSetting,
  gatewayArgs: readonly string[] = [],
): Promise<MeasuredReach> {
  const gateway = await startGateway(`nats://${system.broker.connection.getServer()}`, gatewayArgs);
  const swarm = startSwarm();
  const jobs: string[] = [];
  const changes: Change[] = [];
  const watch = await (
    await openBucket(system.broker, 'jobs')
  ).watch('>', {
    entry: ({ key, revision, createdAtMs, value }) => value && changes.push({ key, revision, storedAtMs: createdAtMs }),
  });
  try {
    for (let job = 0; job < setting.jobs; job += 1) jobs.push(await submit(gateway.origin));
    await until(() => jobs.every((job) => changes.some(({ key }) => key.endsWith(job))));
    await swarm.open({
      transport: setting.transport,
      origin: gateway.origin,
      count: setting.clients,
      stuck: 0,
      jobs: setting.watch === 'job' ? jobs : [],
    });
    await pause(1_000);
    swarm.forget();
    const before = { from: Date.now(), gateway: cpuSeconds(gateway.pid), swarm: cpuSeconds(swarm.pid) };
    await pause(setting.seconds * 1_000);
    const seconds = (Date.now() - before.from) / 1_000;
    const [gatewayCores, clientCores] = [
      (cpuSeconds(gateway.pid) - before.gateway) / seconds,
      (cpuSeconds(swarm.pid) - before.swarm) / seconds,
    ];
    const counted = changes.filter(
      ({ storedAtMs }) => storedAtMs >= before.from && storedAtMs <= before.from + seconds * 1_000 - 1_000,
    );
    const arrivals = await swarm.report();
    return {
      ...reachOf(counted, arrivals, (key) =>
        watchersOf(
          setting,
          jobs.findIndex((job) => key.endsWith(job)),
        ),
      ),
      changesPerSec: counted.length / (seconds - 1),
      gatewayCores,
      clientCores,
      gatewayMb: residentMb(gateway.pid),
      lost: arrivals.lost.reading,
    };
  } finally {
    for (const jobId of jobs) await fetch(`${gateway.origin}/v1/jobs/${jobId}`, { method: 'DELETE' });
    await watch.stop();
    swarm.stop();
    await gateway.stop();
  }
}

/** Clients take the jobs in turn. */
function watchersOf({ watch, clients, jobs }: ReachSetting, job: number): number {
  return watch === 'list' ? clients : Math.ceil((clients - job) / jobs);
}

/** Real work that outlasts the measurement: primes, a chunk of which takes some milliseconds. */
async function submit(origin: string): Promise<string> {
  const job = { kind: 'primes', params: { n: 2e10 }, chunks: 100_000 };
  const answer = await fetch(`${origin}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(job),
  });
  return ((await answer.json()) as { job_id: string }).job_id;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(20);
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
