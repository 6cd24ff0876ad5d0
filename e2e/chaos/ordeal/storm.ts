/**
 * A redelivery storm: the workers freeze with a thousand leases in hand, beyond the ack wait, so that the broker hands out all of them
 * again; then they wake up and find everything twice.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { consumers, isFinal, WORK_QUEUES, STREAMS } from '@manyhands/proto';
import { LANE_ACK_WAIT_MS } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { Random } from '../../simulation/random.ts';
import { pidWhenUp, signal } from '../fault/torment.ts';
import { only, type History } from '../history.ts';
import { submit } from '../load/clients.ts';
import { tinyJob } from '../load/known-jobs.ts';
import { serviceNames } from '../profile.ts';
import { until, type Ordeal } from './ordeal.ts';

const inFlightMin = 1_000;
const submittersMax = 48;
/** Enough that workers learn how short these leases are, and hold many of them ahead. */
const warmUpJobs = 400;
const beyondAckWaitMs = LANE_ACK_WAIT_MS + 2_000;
const patienceMs = 120_000;
const roundsMax = 4;

export async function raiseStorm(ordeal: Ordeal): Promise<void> {
  const { stage, system, broker, history } = ordeal;
  const workers = serviceNames(stage).filter((name) => name.startsWith('compute'));
  const tellAll = async (name: NodeJS.Signals): Promise<void> => {
    for (const pid of await Promise.all(workers.map((worker) => pidWhenUp(system, worker)))) signal(pid, name);
  };

  await submitMany(ordeal, warmUpJobs);
  await allEnded(history);
  for (let round = 1; round <= roundsMax; round += 1) {
    await tellAll('SIGSTOP');
    await submitMany(ordeal, stage.jobsMin);
    await until(async () => (await inWork(broker)) >= stage.jobsMin, patienceMs);
    await tellAll('SIGCONT');
    await until(async () => (await inFlightNow(broker)) >= inFlightMin * 1.2 || (await inWork(broker)) === 0, patienceMs);
    await tellAll('SIGSTOP');
    const inFlight = await inFlightNow(broker);
    if (inFlight < inFlightMin && round < roundsMax) {
      // They were quicker than we looked.
      await tellAll('SIGCONT');
      await allEnded(history);
      continue;
    }
    await wait(beyondAckWaitMs);
    const wokeAt = performance.now();
    await tellAll('SIGCONT');
    await allEnded(history);
    history.add({ what: 'storm', inFlight, drainedInMs: Math.round(performance.now() - wokeAt) });
    return;
  }
}

async function submitMany({ seed, system, history }: Ordeal, count: number): Promise<void> {
  const before = only(history.entries, 'submitted').length;
  const random = new Random(seed + before);
  let left = count;
  const submitter = async (): Promise<void> => {
    while ((left -= 1) >= 0)
      await submit({ gateways: system.gateways, history }, random, tinyJob(random), `storm-${seed}-${before}-${left}`);
  };
  await Promise.all(Array.from({ length: submittersMax }, submitter));
}

async function allEnded(history: History): Promise<boolean> {
  return until(() => {
    const ended = new Set(
      only(history.entries, 'revision')
        .filter(({ status }) => isFinal(status))
        .map(({ job }) => job),
    );
    return only(history.entries, 'submitted').every(({ job }) => ended.has(job));
  }, patienceMs);
}

async function inWork(broker: Broker): Promise<number> {
  return (await broker.manager.streams.info(STREAMS.work.name)).state.messages;
}

async function inFlightNow(broker: Broker): Promise<number> {
  const infos = await Promise.all(
    WORK_QUEUES.map((queue) => broker.manager.consumers.info(STREAMS.work.name, consumers.queue('sum', queue))),
  );
  return infos.reduce((sum, { num_ack_pending: pending }) => sum + pending, 0);
}
