/** The promises of a poison run, as pure functions over what was seen. Each returns the sentences of what broke it; none means it held. */
import type { DeadChunk, JobView } from '@manyhands/proto';
import { ailingChunks, valueOf, type Ailment } from './ailment.ts';

/** A compute process that died, and when it was seen at work again. */
export interface Crash {
  process: string;
  how: string;
  atMs: number;
  backAfterMs: number | undefined;
}

export interface PoisonRun {
  seed: number;
  chunks: number;
  maxAttempts: number;
  backWithinMs: number;
  view: JobView;
  letters: readonly DeadChunk[];
  crashes: readonly Crash[];
  /** Compute processes (and those they started) that used the processor at rest, as a share of one core. */
  busyAtRest: readonly { process: string; share: number }[];
}

/** What a worker at rest may use: heartbeats and pulls cost it about a hundredth of a core, a stray kernel a whole one. */
const SHARE_AT_REST_MAX = 0.5;

/** On a slow machine a chunk runs out of time before it runs out of memory. */
const CODES: Readonly<Record<Ailment, RegExp>> = {
  throws: /^compute_failed$/,
  loops: /^time_limit$/,
  eats: /^(worker_lost|time_limit)$/,
  dies: /^worker_lost$/,
};

export const POISON_PROMISES = [
  { id: 'P1', says: 'every healthy chunk counts once, and the answer is theirs', violations: healthyCount },
  { id: 'P2', says: 'dead letters are exactly the poisoned chunks, once each, with their history', violations: lettersAreExact },
  { id: 'P3', says: 'a worker that was taken down is back in time', violations: workersComeBack },
  { id: 'P4', says: 'nothing computes on at rest', violations: nothingRuns },
] as const;

export function healthyCount({ seed, chunks, view }: PoisonRun): string[] {
  const ailing = ailingChunks(chunks, seed);
  const healthy = Array.from({ length: chunks }, (_, chunk) => chunk).filter((chunk) => !ailing.has(chunk));
  const expected = healthy.reduce((sum, chunk) => sum + valueOf(chunk), 0);
  const counted = Object.values(view.workers).reduce((sum, count) => sum + count, 0);
  return [
    ...(view.status === 'completed' ? [] : [`the job is ${view.status}`]),
    ...(view.completed_chunks === healthy.length
      ? []
      : [`${view.completed_chunks} of ${healthy.length} healthy chunks are done`]),
    ...(view.failed_chunks === ailing.size ? [] : [`${view.failed_chunks} chunks were given up, ${ailing.size} are poisoned`]),
    ...(counted === healthy.length ? [] : [`the workers counted ${counted} of ${healthy.length} healthy chunks`]),
    ...(view.result === expected ? [] : [`the answer is ${JSON.stringify(view.result)}, right is ${expected}`]),
  ];
}

export function lettersAreExact({ seed, chunks, maxAttempts, letters }: PoisonRun): string[] {
  const ailing = ailingChunks(chunks, seed);
  const written = Map.groupBy(letters, ({ begin }) => begin);
  return [
    ...[...ailing.keys()]
      .filter((chunk) => !written.has(chunk))
      .map((chunk) => `there is no letter of chunk ${chunk}, which ${ailing.get(chunk)}`),
    ...[...written].flatMap(([chunk, same]) => (same.length === 1 ? [] : [`there are ${same.length} letters of chunk ${chunk}`])),
    ...letters.flatMap((letter) => brokenLetter(letter, ailing.get(letter.begin), maxAttempts)),
  ];
}

function brokenLetter({ begin, end, error, runs }: DeadChunk, ailment: Ailment | undefined, maxAttempts: number): string[] {
  if (ailment === undefined) return [`chunk ${begin} is healthy and was given up: ${error.message}`];
  const isHistory =
    runs.length === maxAttempts && runs.every(({ run, code }, index) => run === index + 1 && CODES[ailment].test(code));
  return [
    ...(end === begin + 1 ? [] : [`the letter of chunk ${begin} is about [${begin}, ${end})`]),
    ...(isHistory
      ? []
      : [
          `chunk ${begin}, which ${ailment}, has the history "${runs.map(({ run, code }) => `${run} ${code}`).join(', ')}" of ${maxAttempts} runs`,
        ]),
  ];
}

export function workersComeBack({ crashes, backWithinMs }: PoisonRun): string[] {
  return crashes.flatMap(({ process, how, atMs, backAfterMs }) => {
    if (backAfterMs === undefined) return [`${process} (${how} at ${atMs} ms) did not come back`];
    return backAfterMs <= backWithinMs ? [] : [`${process} (${how} at ${atMs} ms) was back after ${backAfterMs} ms`];
  });
}

export function nothingRuns({ busyAtRest }: PoisonRun): string[] {
  return busyAtRest
    .filter(({ share }) => share > SHARE_AT_REST_MAX)
    .map(({ process, share }) => `${process} uses ${share.toFixed(2)} cores with nothing to do`);
}
