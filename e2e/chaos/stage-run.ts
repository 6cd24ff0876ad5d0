/** Runs one stage: start, the ordeal under load, rest, reading, judgement. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBroker, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { BOUNDS } from './check/bounds.ts';
import { INVARIANTS, violationsOf } from './check/invariants.ts';
import { torment } from './fault/torment.ts';
import { figuresOf, type Figures } from './figures.ts';
import { History, only } from './history.ts';
import { walkCrashPoints } from './ordeal/crash-walk.ts';
import { underLoad, type Ordeal } from './ordeal/ordeal.ts';
import { rollingRestart } from './ordeal/rolling.ts';
import { raiseStorm } from './ordeal/storm.ts';
import { planOf } from './plan.ts';
import type { Stage } from './profile.ts';
import { leaderOf } from './read/cluster-leaders.ts';
import { watchMailbox } from './read/mailbox-watch.ts';
import { readReplicas } from './read/replicas.ts';
import { awaitRest, readStoredTruth } from './read/rest.ts';
import { watchViews } from './read/views-watch.ts';
import { startComposedSystem } from './system/composed-system.ts';
import { untilReady } from './system/ready.ts';

export interface Verdict {
  violations: string[];
  figures: Figures;
  serverVersion: string;
  historyFile: string;
  seconds: number;
}

const readyWithinMs = 90_000;
const restWithinMs = 60_000;
const tellMs = 15_000;

export async function runStage(stage: Stage, seed: number, folder: string, say: (line: string) => void): Promise<Verdict> {
  mkdirSync(folder, { recursive: true });
  const history = new History(join(folder, `${stage.name}.jsonl`));
  const system = await startComposedSystem(stage, folder, (process, how) => history.add({ what: 'died', process, how }));
  let broker: Broker | undefined;
  try {
    broker = await openBroker({ url: system.natsUrl, name: 'chaos', connectTimeoutMs: readyWithinMs });
    await provision(broker, { replicas: stage.servers });
    await untilReady(system);
    say(`${stage.name}: ${system.serverVersion}, ${stage.servers} server(s), seed ${seed}; history in ${history.file}`);
    const mailbox = watchMailbox(broker, history);
    await goThrough({ stage, seed, system, broker, history, say });
    await untilReady(system);
    await awaitRest(broker, { workers: stage.computes }, history, restWithinMs);
    await mailbox.stop();
    await readStoredTruth(broker, system.historyFile, history);
    if (stage.servers > 1) await readReplicas(broker, system.servers, history);
    return {
      violations: violationsOf(history.entries, stage.bounded ? [...INVARIANTS, ...BOUNDS] : INVARIANTS),
      figures: figuresOf(history.entries),
      serverVersion: system.serverVersion,
      historyFile: history.file,
      seconds: Math.round(history.nowMs / 1000),
    };
  } finally {
    await broker?.close();
    await system.stop();
    await history.close();
  }
}

const ORDEALS: Readonly<Record<Stage['ordeal'], (ordeal: Ordeal) => Promise<void>>> = {
  torment: (ordeal) => {
    const { seed, stage, system, broker, history } = ordeal;
    return underLoad(ordeal, () =>
      torment({ seed, plan: planOf(seed, stage), system, history, leaderOf: (role) => leaderOf(broker, system, role) }),
    );
  },
  storm: raiseStorm,
  rolling: rollingRestart,
  'crash-points': walkCrashPoints,
};

/** Every change of a view is watched meanwhile. */
async function goThrough(ordeal: Ordeal): Promise<void> {
  const { stage, broker, history, say } = ordeal;
  const watch = await watchViews(broker, history);
  const telling = setInterval(
    () =>
      say(
        `${stage.name}: ${Math.round(history.nowMs / 1000)} s, ${only(history.entries, 'submitted').length} jobs, ${only(history.entries, 'fault').length} faults`,
      ),
    tellMs,
  );
  try {
    await ORDEALS[stage.ordeal](ordeal);
  } finally {
    clearInterval(telling);
    await watch.stop();
  }
}
