/** A million quick chunks of which a tenth fail for good, beside small jobs: it ends right, in little memory, and the others hardly feel it. */
import { setTimeout as wait } from 'node:timers/promises';
import { HEALTHY } from '../containment/ways.ts';
import { sumOf } from '../containment/chunk-value.ts';
import type { End } from '../containment/seen.ts';
import { submitOrder } from '../containment/submit.ts';
import { spreadOf } from '../figures.ts';
import { only } from '../history.ts';
import { TURN_MS_MAX } from '../containment/promises.ts';
import type { ContainmentBugName } from '../tap/containment-bugs.ts';
import { leftAfter, prove, tellProof, type Proof, type Verdict } from './proof-system.ts';

export interface FailingSize {
  chunks: number;
  /** Small jobs whose time alone is taken first. */
  aloneJobs: number;
  endWithinMs: number;
  /** Below this, twice is the noise of a machine whose two cores eight processes share. */
  noiseMs: Readonly<Record<'p50' | 'p95', number>>;
}

export interface FailingRun extends FailingSize {
  end: End | undefined;
  tookMs: number;
  alone: readonly number[];
  beside: readonly number[];
  besideLeft: number;
  mbMax: number;
  turnMsMax: number;
}

export const FAILING: FailingSize = {
  chunks: 1_000_000,
  aloneJobs: 60,
  endWithinMs: 20 * 60_000,
  noiseMs: { p50: 40, p95: 150 },
};
/** Tests run beside others, so of time it says little. */
export const FAILING_SHORT: FailingSize = {
  chunks: 60_000,
  aloneJobs: 10,
  endWithinMs: 90_000,
  noiseMs: { p50: 300, p95: 1_000 },
};
const every = 10;
const attempts = 3;
const betweenMs = 150;
const smallWithinMs = 30_000;
const mbMax = 300;
const timesMax = 2;

export function runFailing(
  size: FailingSize,
  seed: number,
  folder: string,
  say: (line: string) => void,
  planted?: ContainmentBugName,
): Promise<Verdict<FailingRun>> {
  return prove('failing-million', { ...(planted && { planted }) }, seed, folder, (proof) => go(size, proof, say), failingBreaks);
}

async function go(size: FailingSize, proof: Proof, say: (line: string) => void): Promise<FailingRun> {
  const { history, random, ends } = proof;
  const small = async (): Promise<number | undefined> => {
    const startedAt = performance.now();
    const job = await submitOrder(proof, HEALTHY.tiny(random));
    const left = await leftAfter(proof, [job], smallWithinMs);
    return left.length === 0 ? Math.round(performance.now() - startedAt) : undefined;
  };
  const alone: number[] = [];
  for (let count = 0; count < size.aloneJobs; count += 1) alone.push((await small()) ?? smallWithinMs);

  const startedAt = performance.now();
  const million = await submitOrder(proof, {
    kind: 'steady',
    params: { ms: 0, every, salt: 0 },
    chunks: size.chunks,
    goesOn: true,
    attempts,
  });
  const beside: number[] = [];
  let besideLeft = 0;
  let toldAt = startedAt;
  while (!ends.has(million) && performance.now() - startedAt < size.endWithinMs) {
    const took = await small();
    if (took === undefined) besideLeft += 1;
    else beside.push(took);
    await wait(betweenMs);
    if (performance.now() - toldAt < 15_000) continue;
    toldAt = performance.now();
    say(`failing-million: ${Math.round((toldAt - startedAt) / 1000)} s, ${beside.length} small jobs beside it`);
  }
  const tookMs = Math.round(performance.now() - startedAt);
  return {
    ...size,
    end: ends.get(million),
    tookMs,
    alone,
    beside,
    besideLeft,
    mbMax: Math.max(0, ...only(history.entries, 'memory').map(({ mb }) => mb)),
    turnMsMax: Math.max(0, ...only(history.entries, 'turn').map(({ ms }) => ms)),
  };
}

/** Pure. */
export function failingBreaks({ chunks, end, alone, beside, besideLeft, mbMax: mb, turnMsMax, noiseMs }: FailingRun): string[] {
  const { sum, faulty } = sumOf(chunks, { every, salt: 0 });
  const ended =
    end === undefined
      ? ['the job has not ended']
      : [
          ...(end.status === 'completed' ? [] : [`the job is ${end.status}: ${end.error}`]),
          ...(end.completed === chunks - faulty && end.failed === faulty
            ? []
            : [`${end.completed} chunks are done and ${end.failed} given up; right is ${chunks - faulty} and ${faulty}`]),
          ...(end.answer === String(sum) ? [] : [`the answer is ${end.answer}, right is ${sum}`]),
        ];
  const late = (['p50', 'p95'] as const).flatMap((which) => {
    const [before, during] = [percentileOf(alone, which), percentileOf(beside, which)];
    const allowed = Math.max(timesMax * before, noiseMs[which]);
    return during <= allowed
      ? []
      : [`${which} of a small job is ${during} ms beside it, ${before} ms alone; it may be ${allowed} ms`];
  });
  return [
    ...ended,
    ...late,
    ...(besideLeft === 0 ? [] : [`${besideLeft} small jobs did not end in ${smallWithinMs} ms`]),
    ...(mb < mbMax ? [] : [`the coordinator had ${mb} MB`]),
    ...(turnMsMax <= TURN_MS_MAX ? [] : [`a turn took ${turnMsMax} ms`]),
  ];
}

function percentileOf(times: readonly number[], which: 'p50' | 'p95'): number {
  if (which === 'p50') return spreadOf(times).p50;
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(0.95 * sorted.length) - 1)] ?? 0;
}

export function tellFailing(verdict: Verdict<FailingRun>): number {
  const { chunks, end, tookMs, alone, beside, mbMax: mb, turnMsMax } = verdict.run;
  const told = (times: readonly number[]): string =>
    `p50 ${percentileOf(times, 'p50')} ms, p95 ${percentileOf(times, 'p95')} ms of ${times.length}`;
  return tellProof(
    'failing-million',
    'many failures cost their own job alone',
    `${chunks} chunks in ${tookMs} ms: ${end?.completed} done, ${end?.failed} given up; small jobs alone ${told(alone)}, beside it ${told(beside)}; coordinator up to ${mb} MB, longest turn told of ${turnMsMax} ms`,
    verdict,
  );
}
