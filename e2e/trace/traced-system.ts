/** A system in which every service says which of our files it ran between two marks. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { repository, startSystem, type ProcessName, type System } from '../fixture/system.ts';

const SERVICES = ['gateway', 'coordinator', 'compute', 'metrics'] as const satisfies readonly ProcessName[];

export type TracedService = (typeof SERVICES)[number];

export type Calls = ReadonlyMap<string, number>;

export interface TracedSystem extends System {
  /** The sources of ours in which a function ran since the last mark (`services/gateway/src/…`), and how often at most, for each service. */
  mark(): Promise<Record<TracedService, Calls>>;
}

export async function startTracedSystem(): Promise<TracedSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-trace-'));
  const system = await startSystem({
    env: {
      TRACE_FOLDER: folder,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --disable-warning=ExperimentalWarning --import ${new URL('./tap.ts', import.meta.url).href}`,
    },
  });
  let marks = 0;

  async function mark(): Promise<Record<TracedService, Calls>> {
    marks += 1;
    const pids = SERVICES.map((name) => [name, system.pids(name)] as const);
    for (const [, ids] of pids) for (const pid of ids) process.kill(pid, 'SIGUSR2');
    const entries = pids.map(async ([name, ids]) => [name, sourcesOf((await Promise.all(ids.map(filesOf))).flat())] as const);
    return Object.fromEntries(await Promise.all(entries)) as Record<TracedService, Calls>;
  }

  /** Waits until each thread of the process has written its part of this mark. */
  function filesOf(pid: number): Promise<[string, number][]> {
    return vi.waitFor(
      () => {
        const threads = readdirSync(folder).filter((name) => name.startsWith(`${pid}-`) && name.endsWith('-here.json'));
        return threads.flatMap(
          (name) => JSON.parse(readFileSync(join(folder, name.replace('here', String(marks))), 'utf8')) as [string, number][],
        );
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  return Object.defineProperties({} as TracedSystem, {
    ...Object.getOwnPropertyDescriptors(system),
    mark: { value: mark },
    stop: {
      value: async () => {
        const code = await system.stop();
        rmSync(folder, { recursive: true, force: true });
        return code;
      },
    },
  });
}

/** Of what is built, the sources, in the order of the alphabet. Pure. */
function sourcesOf(calls: readonly (readonly [url: string, calls: number])[]): Calls {
  const most = new Map<string, number>();
  for (const [url, count] of calls) {
    const built = relative(repository, fileURLToPath(url));
    if (!built.includes('/dist/')) continue;
    const source = built.replace('/dist/', '/src/').replace(/\.js$/, '.ts');
    most.set(source, Math.max(most.get(source) ?? 0, count));
  }
  return new Map([...most].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
