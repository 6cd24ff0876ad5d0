/** Runs one stage: start, load and torment side by side, rest, reading, judgement. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { mailboxSubjects } from '@manyhands/proto';
import { createOutbox, lastStored, openBroker, provision, type Broker } from '@manyhands/jetstream';
import { violationsOf } from './check/invariants.ts';
import { torment } from './fault/torment.ts';
import { figuresOf, type Figures } from './figures.ts';
import { History, only } from './history.ts';
import { load } from './load/clients.ts';
import { planOf } from './plan.ts';
import type { Stage } from './profile.ts';
import { leaderOf } from './read/cluster-leaders.ts';
import { readReplicas } from './read/replicas.ts';
import { awaitRest, readStoredTruth } from './read/rest.ts';
import { watchViews } from './read/views-watch.ts';
import { startComposedSystem, type ComposedSystem } from './system/composed-system.ts';

export interface Verdict {
  violations: string[];
  figures: Figures;
  serverVersion: string;
  historyFile: string;
  seconds: number;
}

const readyWithinMs = 90_000;
const restWithinMs = 60_000;

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
    await fight({ stage, seed, system, broker, history, say });
    await untilReady(system);
    await awaitRest(broker, stage.computes, history, restWithinMs);
    await readStoredTruth(broker, system.historyFile, history);
    if (stage.servers > 1) await readReplicas(broker, system.servers, history);
    return {
      violations: violationsOf(history.entries),
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

interface Fight {
  stage: Stage;
  seed: number;
  system: ComposedSystem;
  broker: Broker;
  history: History;
  say: (line: string) => void;
}

async function fight({ stage, seed, system, broker, history, say }: Fight): Promise<void> {
  const watch = await watchViews(broker, history);
  let tormenting = true;
  const enough = (): boolean => {
    const submits = only(history.entries, 'submitted');
    return submits.length >= stage.jobsMin && submits.reduce((sum, { chunks }) => sum + chunks, 0) >= stage.chunksMin;
  };
  const telling = setInterval(() => say(`${stage.name}: ${Math.round(history.nowMs / 1000)} s, ${only(history.entries, 'submitted').length} jobs, ${only(history.entries, 'fault').length} faults`), 15_000);
  const plan = planOf(seed, stage);
  try {
    await Promise.all([
      torment({ seed, plan, system, history, leaderOf: (role) => leaderOf(broker, system, role) }).finally(() => (tormenting = false)),
      load({ seed, clients: stage.clients, gateways: system.gateways, history, goOn: () => tormenting || !enough(), repeat: (jobId) => repeatSubmit(broker, jobId) }),
    ]);
  } finally {
    clearInterval(telling);
    await watch.stop();
  }
}

/** What a gateway does that never heard its own publish was stored. */
async function repeatSubmit(broker: Broker, jobId: string): Promise<string> {
  const subject = mailboxSubjects.submit(jobId);
  try {
    const stored = await lastStored(broker, 'mailbox', subject);
    if (stored === undefined) return 'not stored';
    const [outcome] = await createOutbox(broker).publishAll([{ subject, data: stored.data, expectLastSubjectSequence: 0 }]);
    return outcome ?? 'unknown';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function untilReady(system: ComposedSystem): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    const answers = await Promise.all(system.gateways.map((gateway) => fetch(`${gateway}/readyz`, { signal: AbortSignal.timeout(5_000) }).then((answer) => answer.status, () => 0)));
    if (answers.every((status) => status === 200)) return;
    if (performance.now() > deadline) throw new Error(`the system was not ready in ${readyWithinMs} ms; the gateways answered ${answers.join(', ')}`);
    await wait(100);
  }
}
