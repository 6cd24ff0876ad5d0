/** A peer's program: a process that says `ready`, and answers a line with a line (see programs/role.mjs). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Jobs, JobTimes } from '../contender.ts';

export interface Program {
  /** Throws when it does not answer in time, or answers with an error. */
  ask(jobs: Jobs): Promise<JobTimes>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;
/** Several times what the slowest peer takes for the largest request; past it the peer hangs. */
const ANSWER_WITHIN_MS = 120_000;
const GONE_WITHIN_MS = 3_000;

export async function startProgram(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Program> {
  const child = spawn(command, args, { cwd: resolve(import.meta.dirname, 'programs'), env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const name = args.join(' ');
  let complaint = '';
  let heard: ((line: string) => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  const gone = new Promise<void>((done) => child.once('close', () => done()));
  child.stderr.on('data', (bytes: Buffer) => (complaint = (complaint + bytes.toString()).slice(-2_000)));
  child.stdin.on('error', () => undefined);
  child.once('error', (error) => failed?.(error));
  child.once('exit', (code, signal) => failed?.(new Error(`${name} ended (${signal ?? code}): ${complaint.trim().split('\n').at(-1)}`)));
  createInterface({ input: child.stdout }).on('line', (line) => heard?.(line));

  async function lineWithin(ms: number, wanted: (line: string) => boolean): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((done, fail) => {
        heard = (line) => wanted(line) && done(line);
        failed = fail;
        timer = setTimeout(() => fail(new Error(`${name} did not answer within ${ms / 1_000} s`)), ms);
      });
    } finally {
      clearTimeout(timer);
      heard = failed = undefined;
    }
  }

  const program: Program = {
    async ask(jobs) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} has ended`);
      const answering = lineWithin(ANSWER_WITHIN_MS, (line) => line.startsWith('{'));
      child.stdin.write(`${JSON.stringify(jobs)}\n`);
      const answer = JSON.parse(await answering) as JobTimes & { error?: string };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    async stop() {
      if (child.pid === undefined) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), GONE_WITHIN_MS);
      await gone;
      clearTimeout(timer);
    },
  };
  try {
    await Promise.race([once(child, 'spawn'), gone]);
    await lineWithin(READY_WITHIN_MS, (line) => line === 'ready');
  } catch (error) {
    await program.stop();
    throw error;
  }
  return program;
}
