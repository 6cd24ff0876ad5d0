/** A mixed load on the real system, a quarter of it hostile, while coordinators come and go: start, measure alone, load, wait for all ends. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal, type JobView } from '@manyhands/proto';
import { openBroker, provision } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { Random } from '../../simulation/random.ts';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { History, only } from '../history.ts';
import { until } from '../ordeal/ordeal.ts';
import { freezeEnv, NO_FREEZE_ENV } from '../system/preloaded.ts';
import { untilReady } from '../system/ready.ts';
import { frozenAt, type CrashPoint } from '../tap/crash-points.ts';
import { KINDS_WORKER, startComposedSystem, type ComposedSystem, type SystemSize } from '../system/composed-system.ts';
import { comingsOf, type Absence, type ComingsSetting } from './comings.ts';
import { ask, MEDDLE, type Table } from './meddle.ts';
import { digestOf, type Happening, type Seen } from './seen.ts';
import { submitOrder } from './submit.ts';
import { violationsOf } from './promises.ts';
import { watchEnds, watchSystem } from './watch.ts';
import { HEALTHY, plannedJobs, SIZES, WAYS, type Planned, type Way } from './ways.ts';

export interface ContainmentSize extends ComingsSetting {
  jobs: number;
  /** What a healthy job may take in any case; unset: what the promise says. */
  floorMs?: number;
  /** After the last submit. */
  endWithinMs: number;
  planted?: SystemSize['planted'];
}

export interface ContainmentVerdict {
  violations: string[];
  entries: readonly Seen[];
  comings: readonly Absence[];
  serverVersion: string;
  historyFile: string;
  seconds: number;
}

const kinds = join(import.meta.dirname, 'kinds.ts');
const startWithinMs = 90_000;
/** Four times what lives in one after a collection. */
const coordinatorHeapMb = 192;
const aloneTimes = 3;
const aloneWithinMs = 30_000;
/** How many of the hostile jobs that end with something dead are requeued then. */
const requeueShare = 0.3;

export async function runContainment(
  size: ContainmentSize,
  seed: number,
  folder: string,
  say: (line: string) => void,
): Promise<ContainmentVerdict> {
  mkdirSync(folder, { recursive: true });
  const history = new History<Happening>(join(folder, 'containment.jsonl'));
  const stage: SystemSize = {
    name: 'containment',
    servers: 1,
    gateways: 2,
    coordinators: size.coordinators,
    computes: 2,
    slots: 4,
    ...(size.planted && { planted: size.planted }),
  };
  const coordinators = Array.from({ length: size.coordinators }, (_, index) => `coordinator-${index + 1}`);
  const system = await startComposedSystem(stage, folder, (process, how) => history.add({ what: 'died', process, how }), {
    instead: { compute: { script: KINDS_WORKER, env: { KIND_MODULE: kinds } } },
    heapMb: { coordinator: coordinatorHeapMb },
  });
  const comings = comingsOf(seed, size);
  let broker: Broker | undefined;
  try {
    broker = await openBroker({ url: system.natsUrl, name: 'chaos', connectTimeoutMs: startWithinMs });
    await provision(broker);
    await untilReady(system);
    const table: Table = { broker, gateways: system.gateways, history, random: new Random(seed + 2) };
    const hostile = new Map<string, Way>();
    const ends = await watchEnds(broker, history, (view) => void requeueSome(table, hostile, view));
    const watch = await watchSystem(broker, system, coordinators, history);
    await measureAlone(table, new Random(seed + 3));
    say(
      `containment: ${size.jobs} jobs in ${size.lengthMs / 1000} s, ${comings.length} comings and goings, seed ${seed}; history in ${history.file}`,
    );
    const telling = setInterval(
      () =>
        say(
          `containment: ${Math.round(history.nowMs / 1000)} s, ${only(history.entries, 'submitted').length} jobs, ${only(history.entries, 'ended').length} ends`,
        ),
      15_000,
    );
    try {
      await Promise.all([
        submitAll(table, size, plannedJobs(new Random(seed), size.jobs), hostile),
        comeAndGo(system, comings, history),
      ]);
      await until(() => allHaveEnded(history.entries), size.endWithinMs);
    } finally {
      clearInterval(telling);
    }
    await Promise.all([watch.stop(), ends.stop()]);
    return {
      violations: violationsOf(history.entries, size.floorMs),
      entries: history.entries,
      comings,
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

async function measureAlone(table: Table, random: Random): Promise<void> {
  const { history } = table;
  for (const size of SIZES) {
    for (let times = 0; times < aloneTimes; times += 1) {
      const sinceMs = history.nowMs;
      const job = await submitOrder(table, HEALTHY[size](random));
      await until(() => only(history.entries, 'ended').some((end) => end.job === job), aloneWithinMs);
      history.add({ what: 'alone', size, tookMs: history.nowMs - sinceMs });
    }
  }
}

/** At even distances, whatever becomes of those before: a system that falls behind is not spared. */
async function submitAll(
  table: Table,
  { lengthMs, jobs }: ContainmentSize,
  planned: readonly Planned[],
  hostile: Map<string, Way>,
): Promise<void> {
  const { history } = table;
  const startedAt = performance.now();
  await Promise.all(
    planned.map(async ({ order, size, way: name }, index) => {
      await wait(Math.max(0, (index * lengthMs) / jobs - (performance.now() - startedAt)));
      const sinceMs = history.nowMs;
      const job = await submitOrder(table, order);
      history.add({
        what: 'submitted',
        job,
        sinceMs,
        ...(size !== undefined ? { size } : { way: name }),
        ...(order.answer !== undefined && { answer: digestOf(order.answer) }),
        faulty: order.faulty ?? 0,
      });
      if (name === undefined) return;
      const way: Way = WAYS[name];
      hostile.set(job, way);
      if (way.meddling !== undefined) await MEDDLE[way.meddling](table, job);
    }),
  );
}

/** A job that failed, or left something out, may be run again; it must end once more. */
async function requeueSome(
  table: Table,
  hostile: ReadonlyMap<string, Way>,
  { job_id: job, status, failed_chunks: failed, round }: JobView,
): Promise<void> {
  const isWorthIt = status === 'failed' || (status === 'completed' && failed > 0);
  if (!hostile.has(job) || !isWorthIt || round !== undefined || !table.random.chance(requeueShare)) return;
  await wait(table.random.whole(0, 2_000));
  await ask(table, job, 'requeue');
}

async function comeAndGo(system: ComposedSystem, comings: readonly Absence[], history: History<Happening>): Promise<void> {
  const startedAt = performance.now();
  await Promise.all(
    comings.map(async (absence) => {
      await wait(Math.max(0, absence.atMs - (performance.now() - startedAt)));
      await goAndComeBack(system, absence, history);
    }),
  );
}

async function goAndComeBack(
  system: ComposedSystem,
  { target, how, forMs, point }: Absence,
  history: History<Happening>,
): Promise<void> {
  const back = (): void => history.add({ what: 'moved', coordinator: target, how: 'back' });
  const pid = await pidWhenUp(system, target);
  if (point !== undefined) return sleepAt(system, target, { point, forMs }, history);
  history.add({ what: 'moved', coordinator: target, how });
  if (how === 'left') await system.leave(target);
  else signal(pid, how === 'killed' ? 'SIGKILL' : 'SIGSTOP');
  await wait(forMs);
  if (how === 'left') system.join(target);
  if (how === 'frozen' && system.pidOf(target) === pid) signal(pid, 'SIGCONT');
  back();
}

/** It is woken whenever it falls asleep, however late: one that does not pass the point soon stays ready to. */
async function sleepAt(
  system: ComposedSystem,
  target: string,
  { point, forMs }: { point: CrashPoint; forMs: number },
  history: History<Happening>,
): Promise<void> {
  const unhear = system.onPrinted((name, line) => {
    if (name !== target || frozenAt(line) !== point) return;
    unhear();
    system.tell(target, NO_FREEZE_ENV);
    history.add({ what: 'moved', coordinator: target, how: 'asleep' });
    const pid = system.pidOf(target);
    setTimeout(() => {
      if (pid !== undefined && system.pidOf(target) === pid) signal(pid, 'SIGCONT');
      history.add({ what: 'moved', coordinator: target, how: 'back' });
    }, forMs);
  });
  system.tell(target, freezeEnv([point]));
  history.add({ what: 'moved', coordinator: target, how: 'killed' });
  signal(await pidWhenUp(system, target), 'SIGKILL');
}

function allHaveEnded(entries: readonly Seen[]): boolean {
  const last = new Map<string, boolean>();
  for (const entry of entries)
    if (entry.what === 'ended' || entry.what === 'reopened') last.set(entry.job, isFinal(entry.status));
  return only(entries, 'submitted').every(({ job }) => last.get(job) === true);
}
