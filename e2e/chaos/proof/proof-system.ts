/** The real system for a proof of its own: started, ready, watched, and gone when the proof is over. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal } from '@manyhands/proto';
import { openBroker, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { Random } from '../../simulation/random.ts';
import type { Table } from '../containment/meddle.ts';
import type { End, Happening } from '../containment/seen.ts';
import { watchEnds, watchSystem } from '../containment/watch.ts';
import { History, only } from '../history.ts';
import { KINDS_WORKER, startComposedSystem, type ComposedSystem, type SystemSize } from '../system/composed-system.ts';
import { untilReady } from '../system/ready.ts';

export interface Proof extends Table {
  broker: Broker;
  system: ComposedSystem;
  history: History<Happening>;
  /** Jobs that are over, by id. */
  ends: ReadonlyMap<string, End>;
  /** What the server counts of itself. */
  server(): Promise<ServerCounts>;
}

interface ServerCounts {
  slowConsumers: number;
  /** Since it started. */
  connections: number;
}

export interface Verdict<Run> {
  violations: string[];
  run: Run;
  historyFile: string;
  serverVersion: string;
  seconds: number;
}

const kinds = join(import.meta.dirname, '../containment/kinds.ts');
const startWithinMs = 90_000;

export type ProofSize = Partial<Omit<SystemSize, 'name'>> & { env?: Readonly<Record<string, string>> };

/** `judge`: the promises of the proof. Common to all: nothing is cut off as a slow consumer, no partition stands still, no turn is long. */
export async function prove<Run>(
  name: string,
  { env, ...size }: ProofSize,
  seed: number,
  folder: string,
  go: (proof: Proof) => Promise<Run>,
  judge: (run: Run) => string[],
): Promise<Verdict<Run>> {
  mkdirSync(folder, { recursive: true });
  const history = new History<Happening>(join(folder, `${name}.jsonl`));
  const stage: SystemSize = { name, servers: 1, gateways: 1, coordinators: 1, computes: 2, slots: 1, ...size };
  const options = {
    monitored: true,
    instead: { compute: { script: KINDS_WORKER, env: { KIND_MODULE: kinds } } },
    ...(env && { env }),
  };
  const system = await startComposedSystem(stage, folder, (process, how) => history.add({ what: 'died', process, how }), options);
  let broker: Broker | undefined;
  try {
    broker = await openBroker({ url: system.natsUrl, name: 'chaos', connectTimeoutMs: startWithinMs });
    await provision(broker, { replicas: stage.servers });
    await untilReady(system);
    const ends = new Map<string, End>();
    const watches = [
      await watchEnds(broker, history, (view) => ends.set(view.job_id, only(history.entries, 'ended').at(-1)!)),
      await watchSystem(
        broker,
        system,
        Array.from({ length: stage.coordinators }, (_, index) => `coordinator-${index + 1}`),
        history,
      ),
    ];
    const run = await go({
      broker,
      system,
      history,
      gateways: system.gateways,
      random: new Random(seed),
      ends,
      server: () => countsOf(system),
    });
    await Promise.all(watches.map((watch) => watch.stop()));
    return {
      violations: judge(run),
      run,
      historyFile: history.file,
      serverVersion: system.serverVersion,
      seconds: Math.round(history.nowMs / 1000),
    };
  } finally {
    await broker?.close();
    await system.stop();
    await history.close();
  }
}

async function countsOf({ monitors: [monitor] }: ComposedSystem): Promise<ServerCounts> {
  const answer = await fetch(`${monitor}/varz`, { signal: AbortSignal.timeout(5_000) });
  const { slow_consumers: slowConsumers, total_connections: connections } = (await answer.json()) as {
    slow_consumers: number;
    total_connections: number;
  };
  return { slowConsumers, connections };
}

/** Resolves with those of the jobs that had not ended after `withinMs`. */
export async function leftAfter({ ends }: Pick<Proof, 'ends'>, jobs: readonly string[], withinMs: number): Promise<string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = jobs.filter((job) => !isFinal(ends.get(job)?.status ?? 'pending'));
    if (left.length === 0 || performance.now() > deadline) return left;
    await wait(20);
  }
}

/** Prints what was seen and what broke; returns how many broke. */
export function tellProof(
  name: string,
  says: string,
  figures: string,
  { violations, historyFile, serverVersion, seconds }: Verdict<unknown>,
): number {
  console.log(`\n${name}: ${serverVersion}, ${seconds} s, history ${historyFile}`);
  console.log(figures);
  console.log(`${violations.length === 0 ? 'held  ' : 'BROKEN'} ${says}`);
  for (const violation of violations.slice(0, 40)) console.log(`         ${violation.slice(0, 400)}`);
  return violations.length;
}
