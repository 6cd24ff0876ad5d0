/**
 * Measures one durability class, from the start of everything in it to its end.
 *
 * Invariant: rounds are interleaved (each contender once, then each again), so that a slow minute of the machine hits all alike; everyone runs every
 * comparison once unrecorded before the first round; a peer that fails is left out from there on and named, and the run goes on.
 */
import { OURS, OURS_ONE_CHUNK, OURS_ONE_SLOT, OURS_ONE_THREAD, type Contender, type Durability } from './contender.ts';
import { durabilityOf, peers, startPeer } from './peers/peer.ts';
import { formatted, spreadOf, type Row } from './result.ts';
import { startMeasuredSystem, type MeasuredSystem } from './system.ts';
import type { Comparison, Figures, Workload } from './workload.ts';
import { comparisons, workloads, workloadsOfOneSlot, workloadsOfOneThread, type WorkloadsOfKinds } from './workloads.ts';

/** Several times what the slowest takes for the largest. */
const RUN_MS_MAX = 150_000;

export interface Measuring {
  durability: Durability;
  slots: number;
  rounds: number;
  /** Whether the workload of this name is measured. */
  wanted(name: string): boolean;
  /** Whether this peer is. */
  wantedPeer(name: string): boolean;
}

export interface Measured {
  rows: Row[];
  versions: Record<string, Readonly<Record<string, string>>>;
  skipped: { who: string; why: string }[];
}

export async function measure(asked: Measuring): Promise<Measured> {
  const found: Measured = { rows: [], versions: {}, skipped: [] };
  const ours = await startMeasuredSystem(asked.durability, asked.slots, 1, { name: OURS });
  found.versions[OURS] = {
    node: process.version.slice(1),
    'nats-server': ours.broker.serverVersion,
    durability: `nats-server sync_interval: ${asked.durability}`,
  };
  try {
    await compare(asked, ours, found);
    await measureAlone(asked, ours, workloads(asked.slots), OURS, found);
  } finally {
    await ours.stop();
  }
  if (asked.slots > 1) await withOneSlot(asked, found);
  for (const alone of workloadsOfOneThread) await withOneThread(asked, alone, found);
  return found;
}

async function compare(asked: Measuring, ours: MeasuredSystem, found: Measured): Promise<void> {
  const chosen = comparisons.filter(({ name }) => asked.wanted(name));
  if (chosen.length === 0) return;
  const contenders: Contender[] = [ours.contender];
  if (chosen.includes(comparisons[0]!)) {
    contenders.push(
      (
        await startMeasuredSystem(asked.durability, asked.slots, 1, {
          name: OURS_ONE_CHUNK,
          env: { MANYHANDS_LEASE_CHUNKS_MAX: '1' },
        })
      ).contender,
    );
  }
  const leaveOut = async (who: string, why: unknown): Promise<void> => {
    const sentence = why instanceof Error ? why.message : String(why);
    found.skipped.push({ who, why: sentence });
    console.log(`${asked.durability.padEnd(7)} ${who} is left out: ${sentence}`);
    const at = contenders.findIndex(({ name }) => name === who);
    if (at > 0) await contenders.splice(at, 1)[0]?.stop();
  };
  try {
    for (const peer of peers.filter((one) => durabilityOf(one) === asked.durability && asked.wantedPeer(one.name))) {
      try {
        const running = await startPeer(peer);
        contenders.push(running);
        found.versions[peer.name] = running.versions;
      } catch (error) {
        await leaveOut(peer.name, error);
      }
    }
    for (const comparison of chosen) {
      const seen = await rounds(asked.rounds, contenders, comparison, leaveOut);
      for (const [who, runs] of seen) report(found, asked.durability, comparison.name, who, runs);
    }
  } finally {
    for (const contender of contenders.slice(1)) await contender.stop();
  }
}

async function rounds(
  count: number,
  contenders: readonly Contender[],
  comparison: Comparison,
  leaveOut: (who: string, why: unknown) => Promise<void>,
): Promise<Map<string, Figures[]>> {
  const seen = new Map<string, Figures[]>();
  for (let round = 0; round <= count; round += 1) {
    for (const contender of [...contenders]) {
      if (contender.name === OURS_ONE_CHUNK && comparison !== comparisons[0]) continue;
      if (comparison.isFor?.(contender) === false) continue;
      try {
        const figures = await inTime(comparison.run(contender));
        if (round > 0) seen.set(contender.name, [...(seen.get(contender.name) ?? []), figures]);
      } catch (error) {
        await leaveOut(contender.name, error);
      }
    }
  }
  return seen;
}

async function measureAlone(
  { wanted, rounds: count, durability }: Measuring,
  system: MeasuredSystem,
  all: readonly Workload[],
  who: string,
  found: Measured,
): Promise<void> {
  for (const workload of all.filter((workload) => wanted(workload.name) && (workload.durability ?? durability) === durability)) {
    const runs: Figures[] = [];
    try {
      for (let round = 0; round < Math.min(count, workload.roundsMax ?? count); round += 1)
        runs.push(await inTime(workload.run(system)));
    } catch (error) {
      found.skipped.push({ who: `${who}: ${workload.name}`, why: String(error) });
      console.log(`${durability.padEnd(7)} ${workload.name} failed: ${String(error)}`);
    }
    if (runs.length > 0) report(found, durability, workload.name, who, runs);
  }
}

/** Whoever takes longer hangs. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no end within ${RUN_MS_MAX / 1_000} s`)), RUN_MS_MAX);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function withOneSlot(asked: Measuring, found: Measured): Promise<void> {
  const chosen = workloadsOfOneSlot();
  if (!chosen.some(({ name }) => asked.wanted(name))) return;
  const single = await startMeasuredSystem(asked.durability, 1, 1, { name: OURS_ONE_SLOT });
  try {
    await measureAlone(asked, single, chosen, OURS_ONE_SLOT, found);
  } finally {
    await single.stop();
  }
}

async function withOneThread(
  asked: Measuring,
  { kinds, workloads: chosen, env: more = {} }: WorkloadsOfKinds,
  found: Measured,
): Promise<void> {
  if (!chosen.some(({ name, durability = asked.durability }) => asked.wanted(name) && durability === asked.durability)) return;
  const env = { ...more, BENCH_KINDS: kinds.join(',') };
  const single = await startMeasuredSystem(asked.durability, 1, 1, { name: OURS_ONE_THREAD, env });
  try {
    await measureAlone(asked, single, chosen, OURS_ONE_THREAD, found);
  } finally {
    await single.stop();
  }
}

function report(found: Measured, durability: Durability, workload: string, who: string, runs: readonly Figures[]): void {
  const figures = spreadOf(runs);
  found.rows.push({ workload, who, durability, figures });
  console.log(
    `${durability.padEnd(7)} ${workload.padEnd(44)} ${who.padEnd(28)} ${Object.entries(figures)
      .map(([name, { median }]) => `${formatted(median)} ${name}`)
      .join(' · ')}`,
  );
}
