/** How much memory a process holds; read from /proc, so Linux only. */
import { readFileSync } from 'node:fs';

/** Megabytes; undefined when there is no such process. */
export function residentMb(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1024);
  } catch {
    return undefined;
  }
}
