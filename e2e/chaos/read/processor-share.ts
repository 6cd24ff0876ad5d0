/** How much of the processor processes use, with those they started; read from /proc, so Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** Linux counts processor time in hundredths of a second, whatever its clock. */
const TICKS_PER_SECOND = 100;

/** Cores used while looking for `overMs`, by process id. */
export async function processorShares(pids: readonly number[], overMs: number): Promise<ReadonlyMap<number, number>> {
  const before = pids.map(ticksOf);
  await wait(overMs);
  return new Map(pids.map((pid, index) => [pid, (ticksOf(pid) - before[index]!) / TICKS_PER_SECOND / (overMs / 1_000)]));
}

function ticksOf(pid: number): number {
  const family = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => statOf(Number(name))),
  );
  const own = family.get(pid)?.ticks ?? 0;
  return [...family.values()].filter(({ parent }) => parent === pid).reduce((sum, { ticks }) => sum + ticks, own);
}

/** Fields 4, 14 and 15 of `/proc/<pid>/stat`; the second, the name, may hold spaces. Source: man 5 proc. */
function statOf(pid: number): [number, { parent: number; ticks: number }][] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [[pid, { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }]];
  } catch {
    return [];
  }
}
