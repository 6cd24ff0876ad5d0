/**
 * An operator's slips, one after the other under load: consumers deleted, paused and edited, WORK purged and thinned out, limits made small, streams removed. What the system needs is
 * there again within 15 s, `/readyz` names what was wrong, and every job ends right.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { BUCKETS, consumers, PARTITIONS, STREAMS } from '@manyhands/proto';
import type { Broker } from '@manyhands/nats';
import type { Random } from '../../simulation/random.ts';
import { sumOf } from '../containment/chunk-value.ts';
import { submitOrder } from '../containment/submit.ts';
import { until } from '../ordeal/ordeal.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

/** What was done, and what came of it. */
interface Slipped {
  slip: string;
  /** Milliseconds until all was as before; undefined: it was not. */
  mendedMs: number | undefined;
  /** Names in `/readyz` from then on. */
  named: readonly string[];
}

export interface SlipsRun {
  jobs: number;
  slips: readonly Slipped[];
  left: readonly string[];
  wrong: readonly string[];
  dead: number;
}

export interface SlipsSize {
  rounds: number;
  chunks: number;
}

export const SLIPS: SlipsSize = { rounds: 5, chunks: 200 };
export const SLIPS_SHORT: SlipsSize = { rounds: 1, chunks: 60 };

const chunkMs = 30;
const mendWithinMs = 15_000;
const endWithinMs = 90_000;
const lookMs = 250;

interface Slip {
  /** Undone by the system itself; resolves true once it is. */
  does(broker: Broker): Promise<() => Promise<boolean>>;
  /** Whether it takes something away that must be said in `/readyz`. */
  named: boolean;
}

const hour = 3_600_000;
const partitionNames = PARTITIONS.map((partition) => consumers.partition(partition));
const there = async (broker: Broker, stream: string, name: string): Promise<boolean> =>
  broker.manager.consumers.info(stream, name).then(
    ({ paused }) => paused !== true,
    () => false,
  );

async function namesOn(broker: Broker, stream: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, config } of broker.manager.consumers.list(stream))
    if (config.durable_name !== undefined) names.push(name);
  return names;
}

function deleting(stream: string, chosen: (broker: Broker) => Promise<readonly string[]>): Slip {
  return {
    named: true,
    async does(broker) {
      const names = await chosen(broker);
      for (const name of names) await broker.manager.consumers.delete(stream, name);
      return async () => (await Promise.all(names.map((name) => there(broker, stream, name)))).every(Boolean);
    },
  };
}

/** By what an operator would say. */
export const SLIP_KINDS: Readonly<Record<string, Slip>> = {
  'deletes the consumers of all partitions': deleting(STREAMS.mailbox.name, () => Promise.resolve(partitionNames)),
  'deletes the consumers of WORK': deleting(STREAMS.work.name, (broker) => namesOn(broker, STREAMS.work.name)),
  'deletes the consumers of EVENTS, SCHEDULES and ADVISORIES': {
    named: true,
    async does(broker) {
      const done: (() => Promise<boolean>)[] = [];
      for (const stream of [STREAMS.events.name, STREAMS.schedules.name, STREAMS.advisories.name])
        done.push(await deleting(stream, () => namesOn(broker, stream)).does(broker));
      return async () => (await Promise.all(done.map((isBack) => isBack()))).every(Boolean);
    },
  },
  'purges WORK': {
    named: false,
    async does(broker) {
      await broker.manager.streams.purge(STREAMS.work.name);
      return () => Promise.resolve(true);
    },
  },
  'takes single leases out of WORK': {
    named: false,
    async does(broker) {
      const { state } = await broker.manager.streams.info(STREAMS.work.name);
      for (let sequence = state.first_seq; sequence <= state.last_seq; sequence += 2)
        await broker.manager.streams.deleteMessage(STREAMS.work.name, sequence).catch(() => false);
      return () => Promise.resolve(true);
    },
  },
  'pauses partitions': {
    named: true,
    async does(broker) {
      const names = partitionNames.slice(0, 8);
      for (const name of names) await broker.manager.consumers.pause(STREAMS.mailbox.name, name, new Date(Date.now() + hour));
      return async () => (await Promise.all(names.map((name) => there(broker, STREAMS.mailbox.name, name)))).every(Boolean);
    },
  },
  'makes WORK and bucket jobs small': {
    named: true,
    async does(broker) {
      const streams = [STREAMS.work.name, `KV_${BUCKETS.jobs.name}`];
      const before = await Promise.all(streams.map(async (name) => (await broker.manager.streams.info(name)).config.max_bytes));
      for (const name of streams) await broker.manager.streams.update(name, { max_bytes: 1_000 });
      return async () =>
        (
          await Promise.all(
            streams.map(async (name, index) => (await broker.manager.streams.info(name)).config.max_bytes === before[index]),
          )
        ).every(Boolean);
    },
  },
  'removes WORK': {
    named: true,
    async does(broker) {
      await broker.manager.streams.delete(STREAMS.work.name);
      return () =>
        broker.manager.streams.info(STREAMS.work.name).then(
          () => true,
          () => false,
        );
    },
  },
};

export function runSlips(
  size: SlipsSize,
  seed: number,
  folder: string,
  say: (line: string) => void,
  planted?: ContainmentBugName,
): Promise<Verdict<SlipsRun>> {
  return prove(
    'slips',
    { coordinators: 2, computes: 2, slots: 2, ...(planted && { planted }) },
    seed,
    folder,
    (proof) => go(proof, size, say),
    slipsBreak,
  );
}

async function go(proof: Proof, { rounds, chunks }: SlipsSize, say: (line: string) => void): Promise<SlipsRun> {
  const { broker, ends, random } = proof;
  const submitted: string[] = [];
  const slips: Slipped[] = [];
  const submit = async (): Promise<void> =>
    void submitted.push(await submitOrder(proof, { kind: 'steady', params: { ms: chunkMs, every: 0, salt: 0 }, chunks }));
  for (let round = 0; round < rounds; round += 1) {
    for (const slip of shuffled(Object.keys(SLIP_KINDS), random)) {
      // What follows would only say the same again.
      if (slips.some(({ mendedMs }) => mendedMs === undefined))
        return { jobs: submitted.length, slips, left: [], wrong: [], dead: 0 };
      await Promise.all([submit(), submit()]);
      await wait(500);
      const isBack = await SLIP_KINDS[slip]!.does(broker);
      const fromMs = performance.now();
      const named = new Set<string>();
      const naming = noteNamed(proof.gateways[0]!, named);
      // Jobs come in meanwhile too, as far as they are taken.
      const meanwhile = Promise.race([submit(), wait(mendWithinMs)]);
      const mended = await until(isBack, mendWithinMs);
      const mendedMs = mended ? Math.round(performance.now() - fromMs) : undefined;
      if (SLIP_KINDS[slip]!.named) await until(() => named.size > 0, 10_000);
      await naming();
      await meanwhile;
      slips.push({ slip, mendedMs, named: [...named] });
      say(
        `an operator ${slip}: ${mendedMs === undefined ? 'NOT mended' : `mended after ${mendedMs} ms`}${named.size > 0 ? `; readyz named ${[...named].slice(0, 3).join(', ')}` : ''}`,
      );
    }
  }
  const left = await leftAfter(proof, submitted, endWithinMs);
  const right = String(sumOf(chunks).sum);
  const { state } = await broker.manager.streams.info(STREAMS.dead.name);
  return {
    jobs: submitted.length,
    slips,
    left,
    wrong: submitted.filter((job) => ends.has(job) && ends.get(job)!.answer !== right),
    dead: state.messages,
  };
}

function shuffled(names: readonly string[], random: Random): string[] {
  const left = [...names];
  return names.map(() => left.splice(random.whole(0, left.length - 1), 1)[0]!);
}

/** Returns how to stop. */
function noteNamed(gateway: string, named: Set<string>): () => Promise<void> {
  let stopped = false;
  const noting = (async () => {
    while (!stopped) {
      const answer = await fetch(`${gateway}/readyz`, { signal: AbortSignal.timeout(3_000) }).then(
        (reply) => reply.json() as Promise<{ checks?: { troubles?: { what: string }[] } }>,
        () => undefined,
      );
      for (const { what } of answer?.checks?.troubles ?? []) named.add(what);
      await wait(lookMs);
    }
  })();
  return async () => {
    stopped = true;
    await noting;
  };
}

/** Pure. */
export function slipsBreak({ slips, left, wrong, dead }: SlipsRun): string[] {
  return [
    ...(slips.length > 0 ? [] : ['nothing was tried']),
    ...slips
      .filter(({ mendedMs }) => mendedMs === undefined)
      .map(({ slip }) => `an operator ${slip}, and that was not mended within ${mendWithinMs / 1000} s`),
    ...slips
      .filter(({ slip, named }) => SLIP_KINDS[slip]!.named && named.length === 0)
      .map(({ slip }) => `an operator ${slip}, and readyz never named it`),
    ...left.map((job) => `${job} has not ended`),
    ...wrong.map((job) => `${job} has a wrong answer`),
    ...(dead === 0 ? [] : [`${dead} dead letters`]),
  ];
}

export function tellSlips(verdict: Verdict<SlipsRun>): number {
  const { jobs, slips, left } = verdict.run;
  const slowest = Math.max(...slips.map(({ mendedMs }) => mendedMs ?? Infinity));
  return tellProof(
    'slips',
    'what a hand takes away is there again within 15 s, and every job ends right',
    `${slips.length} slips under ${jobs} jobs, ${jobs - left.length} ended; mended after ${(slowest / 1000).toFixed(1)} s at most`,
    verdict,
  );
}
