/**
 * `npm run bench -- --against COMMIT`: this code and that of another commit, side by side. Each has its own nats-server, coordinator and workers;
 * they are asked in turns, so that a slow minute of the machine hits both, and compared turn by turn.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../../deploy/local/src/home.ts';
import { OURS, type Contender, type Durability, type Jobs } from '../contender.ts';
import { formatted } from '../result.ts';
import type { Comparison } from '../workload.ts';
import { concurrentJobs, fanOut, jobsInSequence } from '../workloads/jobs.ts';
import type { Answer } from './asked.ts';
import { builtCommit } from './built-commit.ts';
import { compared, type Pair } from './pairs.ts';

interface Measured {
  readonly workload: Comparison;
  /** Of the system. */
  readonly env: Record<string, string>;
}

const measured: readonly Measured[] = [
  ...[fanOut, jobsInSequence, concurrentJobs].map((workload) => ({ workload, env: {} })),
  { workload: { ...fanOut, name: `${fanOut.name}, one chunk a lease` }, env: { MANYHANDS_LEASE_CHUNKS_MAX: '1' } },
];

const GONE_WITHIN_MS = 15_000;

export interface Against {
  commit: string;
  durability: Durability;
  rounds: number;
  wanted(name: string): boolean;
}

/** Prints a block for each workload. Throws when a side fails. Returns how many workloads were measured. */
export async function measureAgainst({ commit, durability, rounds, wanted }: Against): Promise<number> {
  const chosen = measured.filter(({ workload }) => wanted(workload.name));
  if (chosen.length === 0) return 0;
  const folders = { before: await builtCommit(commit), now: projectFolder };
  for (const { workload, env } of chosen) {
    const [before, now] = await Promise.all([started(folders.before, durability, env), started(folders.now, durability, env)]);
    try {
      const pairs = new Map<string, Pair[]>();
      for (let round = 0; round <= rounds; round += 1) {
        const turns = { before: {}, now: {} } as Record<'before' | 'now', Record<string, number>>;
        for (const side of round % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const))
          turns[side] = await (side === 'before' ? before : now).turn(workload);
        // The first turn warms both.
        if (round === 0) continue;
        for (const name of Object.keys(turns.now))
          pairs.set(name, [...(pairs.get(name) ?? []), { before: turns.before[name] ?? Number.NaN, now: turns.now[name]! }]);
      }
      for (const [name, of] of pairs) {
        const found = compared(of);
        console.log(
          `${durability.padEnd(7)} ${workload.name.padEnd(48)} ${name.padEnd(28)} ${commit} ${formatted(found.before).padStart(8)}   now ${formatted(found.now).padStart(8)}   ${found.ratio.toFixed(2)} ×`,
        );
      }
    } finally {
      await Promise.all([before.stop(), now.stop()]);
    }
  }
  return chosen.length;
}

interface Side {
  /** The workload's figures, and processor time by process. */
  turn(workload: Comparison): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

async function started(folder: string, durability: Durability, env: Record<string, string>): Promise<Side> {
  const args = [durability, String(availableParallelism()), JSON.stringify(env)];
  // An early release takes a blank setting for a wrong one. When this process ends, the channel closes, and so does what it has started.
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  const child = fork(join(import.meta.dirname, 'asked.ts'), args, {
    cwd: folder,
    env: Object.fromEntries(given),
    execArgv: ['--conditions=source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await answerOf(child);
  let processorMs: Record<string, number> = {};
  const contender: Contender = {
    name: OURS,
    async run(jobs: Jobs) {
      child.send(jobs);
      const answer = (await answerOf(child)) as Answer;
      if ('error' in answer) throw new Error(`${folder}: ${answer.error}`);
      processorMs = answer.processorMs;
      return answer;
    },
    async stop() {
      const gone = new Promise<void>((done) => child.once('exit', () => done()));
      const late = setTimeout(() => child.kill('SIGKILL'), GONE_WITHIN_MS);
      if (child.connected) child.send('stop');
      if (child.exitCode === null && child.signalCode === null) await gone;
      clearTimeout(late);
    },
  };
  return {
    async turn(workload) {
      const figures = await workload.run(contender);
      const spent = Object.entries(processorMs).map(([name, ms]) => [`processor ms, ${name}`, ms] as const);
      return { ...figures, ...Object.fromEntries(spent) };
    },
    stop: () => contender.stop(),
  };
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((done, fail) => {
    const failed = (code: number | null, signal: string | null): void =>
      fail(new Error(`the measured system ended (${signal ?? code})`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      done(message);
    });
  });
}
