/** A peer's program: a process that says `ready`, and answers a line with a line (see programs/role.mjs). */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ended, endsWithBench } from '../children.ts';
import type { Jobs, JobTimes, List, ListTime } from '../contender.ts';

export interface Program {
  /** Throws when it answers with an error, or ends. One question at a time; whether it takes too long is for who asks. */
  ask(jobs: Jobs): Promise<JobTimes>;
  ask(list: List): Promise<ListTime>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 3_000;

export async function startProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const child = endsWithBench(
    spawn(command, args, {
      cwd: resolve(import.meta.dirname, 'programs'),
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  );
  const name = args.join(' ');
  let complaint = '';
  let heard: ((line: string) => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  child.stderr.on('data', (bytes: Buffer) => (complaint = (complaint + bytes.toString()).slice(-2_000)));
  child.stdin.on('error', () => undefined);
  child.once('error', (error) => failed?.(error));
  child.once('exit', (code, signal) =>
    failed?.(new Error(`${name} ended (${signal ?? code}): ${complaint.trim().split('\n').at(-1)}`)),
  );
  createInterface({ input: child.stdout }).on('line', (line) => heard?.(line));

  function nextLine(wanted: (line: string) => boolean): Promise<string> {
    return new Promise((done, fail) => {
      heard = (line) => wanted(line) && done(line);
      failed = fail;
    });
  }

  const program: Program = {
    async ask(asked: Jobs | List) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} has ended`);
      const answering = nextLine((line) => line.startsWith('{'));
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      const answer = JSON.parse(await answering) as JobTimes & ListTime & { error?: string };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    stop: () => ended(child, 'SIGTERM', GONE_WITHIN_MS),
  };
  try {
    const timer = setTimeout(
      () => failed?.(new Error(`${name} was not ready within ${READY_WITHIN_MS / 1_000} s`)),
      READY_WITHIN_MS,
    );
    await nextLine((line) => line === 'ready').finally(() => clearTimeout(timer));
  } catch (error) {
    await program.stop();
    throw error;
  }
  return program;
}
