/**
 * One code base, started in a process of its own and asked for jobs by messages. It runs with that code base as its working folder, whose
 * `bench/system.ts` it takes, so that each measures itself by its own means.
 *
 * Invariant: what is asked of an old one has not changed since; see `AnySystem`.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Jobs, JobTimes } from '../contender.ts';

/** What each release of `bench/system.ts` offers. */
interface AnySystem {
  readonly contender: { run(jobs: Jobs): Promise<JobTimes> };
  processes(): readonly { readonly name: string; readonly pid: number }[];
  stop(): Promise<void>;
}
type Start = (durability: string, workers: number, slots: number, more: { env: Record<string, string> }) => Promise<AnySystem>;

/** Its answer to `Jobs`; `processorMs` by the name of the processes, empty where there is no /proc. */
export type Answer = (JobTimes & { processorMs: Record<string, number> }) | { error: string };

/** A tick of /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

const [durability, workers, env] = process.argv.slice(2) as [string, string, string];
const { startMeasuredSystem } = (await import(pathToFileURL(resolve('bench/system.ts')).href)) as { startMeasuredSystem: Start };
const system = await startMeasuredSystem(durability, Number(workers), 1, { env: JSON.parse(env) as Record<string, string> });

process.on('message', (asked: Jobs | 'stop') => void (asked === 'stop' ? stop() : answer(asked)));
process.once('disconnect', () => void stop());
process.send?.('ready');

async function answer(asked: Jobs): Promise<void> {
  let found: Answer;
  try {
    const before = processorMs();
    const times = await system.contender.run(asked);
    const spent = Object.entries(processorMs()).map(([name, ms]) => [name, ms - (before[name] ?? 0)] as const);
    found = { ...times, processorMs: Object.fromEntries(spent) };
  } catch (error) {
    found = { error: String(error) };
  }
  process.send?.(found);
}

async function stop(): Promise<void> {
  await system.stop();
  process.exit();
}

function processorMs(): Record<string, number> {
  const spent: Record<string, number> = {};
  for (const { name, pid } of system.processes()) {
    try {
      // The second field is a name in brackets and may hold spaces.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      spent[name] = (spent[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    } catch {
      // Without /proc there is no such figure.
    }
  }
  return spent;
}
