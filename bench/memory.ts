/** Resident memory of processes while something runs. Reads /proc, so only Linux tells; elsewhere there are no figures. */
import { readFileSync } from 'node:fs';

export interface MeasuredProcess {
  readonly name: string;
  readonly pid: number;
}

export interface MemorySeen {
  maxMb: number;
  /** The highest above what it was at the start. */
  grownMb: number;
}

const EVERY_MS = 20;

/** Several processes of one name count as one: the largest of them. */
export function watchMemory(processes: readonly MeasuredProcess[]): { stop(): Record<string, MemorySeen> } {
  const before = new Map(processes.map(({ pid }) => [pid, residentMb(pid)]));
  const highest = new Map(before);
  const look = (): void => {
    for (const { pid } of processes) highest.set(pid, Math.max(highest.get(pid) ?? Number.NaN, residentMb(pid)));
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      const seen: Record<string, MemorySeen> = {};
      for (const { name, pid } of processes) {
        const [maxMb, grownMb] = [highest.get(pid)!, highest.get(pid)! - before.get(pid)!];
        if (Number.isNaN(maxMb)) continue;
        seen[name] = { maxMb: Math.max(maxMb, seen[name]?.maxMb ?? 0), grownMb: Math.max(grownMb, seen[name]?.grownMb ?? 0) };
      }
      return seen;
    },
  };
}

function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}
