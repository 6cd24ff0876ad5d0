/**
 * A picture is painted again and again while processes are killed with SIGKILL in the middle: each time the same bytes, which one process alone makes too.
 */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { runTask } from '@manyhands/worker/testing';
import type { MandelbrotParams } from '@manyhands/proto/mandelbrot';
import { mandelbrot } from '../../../services/compute/src/kinds/mandelbrot/kind.ts';
import { rest } from '../../fixture/rest.ts';
import type { ProcessName, System } from '../../fixture/system.ts';

export interface PictureSize {
  params: MandelbrotParams;
  tiles: number;
  runs: number;
  /** Of each run: killed in turn, each when a further part of the tiles is done. */
  victims: readonly ProcessName[];
}

export interface PictureRun {
  /** SHA-256 of the answer: of each run, and of one process. */
  answers: readonly string[];
  wanted: string;
  killed: number;
  seconds: readonly number[];
}

/** Takes some minutes for each run. */
export const PICTURE: PictureSize = {
  params: { width: 4_096, height: 4_096 },
  tiles: 1_024,
  runs: 3,
  victims: ['compute', 'coordinator', 'nats-server', 'gateway', 'compute'],
};
export const PICTURE_SHORT: PictureSize = {
  params: { width: 256, height: 256 },
  tiles: 32,
  runs: 1,
  victims: ['compute', 'coordinator'],
};

const withinMs = 600_000;

export async function runPicture(
  system: System,
  { params, tiles, runs, victims }: PictureSize,
  say: (line: string) => void = () => undefined,
): Promise<PictureRun> {
  const api = rest(system.baseUrl);
  const { result } = await runTask(mandelbrot, { params, chunks: tiles });
  const wanted = hashOf(result);
  const [answers, seconds]: [string[], number[]] = [[], []];
  let killed = 0;
  for (let run = 0; run < runs; run += 1) {
    const begunMs = performance.now();
    const jobId = await api.submit({ kind: 'mandelbrot', params, chunks: tiles });
    for (const [index, victim] of victims.entries()) {
      if (!(await reached(api, jobId, (index + 1) / (victims.length + 2)))) break;
      system.kill(victim);
      killed += 1;
    }
    const job = await api.finish(jobId, withinMs);
    if (job.status !== 'completed') throw new Error(`the job ended ${job.status}: ${JSON.stringify(job.error)}`);
    answers.push(hashOf(job.stored ? (await api.get(`/v1/jobs/${jobId}/result`)).json : job.result));
    seconds.push(Math.round((performance.now() - begunMs) / 1000));
    say(`run ${run + 1}: ${answers.at(-1)!.slice(0, 16)} after ${seconds.at(-1)} s, ${killed} processes killed so far`);
  }
  return { answers, wanted, killed, seconds };
}

/** Resolves when so much of the job is done; false: it is over. A process that was killed answers again after a while. */
async function reached(api: ReturnType<typeof rest>, jobId: string, share: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const job = await api.get(`/v1/jobs/${jobId}`).then(
      ({ status, json }) => (status === 200 ? json : undefined),
      () => undefined,
    );
    if (job?.finished_at) return false;
    if (job?.progress >= share) return true;
    await wait(20);
  }
  throw new Error(`the job ${jobId} did not reach ${share}`);
}

function hashOf(answer: unknown): string {
  return createHash('sha256').update(JSON.stringify(answer)).digest('hex');
}
