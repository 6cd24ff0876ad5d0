import { newJobId, pendingView, type DeadChunk } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import { describe, expect, it } from 'vitest';
import { AILMENTS, ailingChunks, BLOCK_CHUNKS, valueOf } from './ailment.ts';
import { healthyCount, lettersAreExact, nothingRuns, workersComeBack, type PoisonRun } from './promises.ts';

const seed = 3;
const chunks = 200;
const ailing = ailingChunks(chunks, seed);
const CODES = { throws: 'compute_failed', loops: 'time_limit', eats: 'worker_lost', dies: 'worker_lost' } as const;
const at = '2026-01-01T00:00:00.000Z';

const letterOf = (chunk: number, code: string): DeadChunk => ({
  v: 1,
  type: 'DeadChunk',
  job_id: newJobId(),
  tenant: 'local',
  kind: 'poisoned',
  begin: chunk,
  end: chunk + 1,
  round: 0,
  error: { code, message: 'no', retryable: false },
  runs: [1, 2].map((run) => ({ run, code, message: 'no', worker: 'w', at })),
  died_at: at,
});
const result = Array.from({ length: chunks }, (_, chunk) => (ailing.has(chunk) ? 0 : valueOf(chunk))).reduce(
  (sum, value) => sum + value,
  0,
);
const good: PoisonRun = {
  seed,
  chunks,
  maxAttempts: 2,
  backWithinMs: 5_000,
  view: {
    ...pendingView(aSubmitJob({ chunks })),
    status: 'completed',
    completed_chunks: 192,
    failed_chunks: 8,
    result,
    workers: { a: 100, b: 92 },
  },
  letters: [...ailing].map(([chunk, ailment]) => letterOf(chunk, CODES[ailment])),
  crashes: [{ process: 'compute-1', how: 'ended by SIGKILL', atMs: 10, backAfterMs: 900 }],
  busyAtRest: [{ process: 'compute-1', share: 0.02 }],
};
const withLetters = (letters: readonly DeadChunk[]): PoisonRun => ({ ...good, letters });

it('of each hundred chunks one has each ailment, the same for the same seed', () => {
  for (let block = 0; block < chunks / BLOCK_CHUNKS; block += 1) {
    const mine = [...ailing].filter(([chunk]) => Math.floor(chunk / BLOCK_CHUNKS) === block).map(([, ailment]) => ailment);
    expect(mine.sort()).toEqual([...AILMENTS].sort());
  }
  expect(ailingChunks(chunks, seed)).toEqual(ailing);
  expect([...ailingChunks(chunks, seed + 1).keys()]).not.toEqual([...ailing.keys()]);
});

describe('a good run', () => {
  it('breaks nothing', () => {
    expect([healthyCount, lettersAreExact, workersComeBack, nothingRuns].flatMap((violations) => violations(good))).toEqual([]);
  });
});

describe('a run is broken by', () => {
  const [first, second] = good.letters;
  it.each<[string, (run: PoisonRun) => string[], PoisonRun, RegExp]>([
    [
      'a healthy chunk that is missing',
      healthyCount,
      { ...good, view: { ...good.view, completed_chunks: 191 } },
      /191 of 192 healthy chunks/,
    ],
    ['a chunk counted twice', healthyCount, { ...good, view: { ...good.view, workers: { a: 100, b: 93 } } }, /counted 193/],
    ['a wrong answer', healthyCount, { ...good, view: { ...good.view, result: result + 1 } }, /right is/],
    ['a letter that is missing', lettersAreExact, withLetters(good.letters.slice(1)), /there is no letter of chunk/],
    ['a letter twice', lettersAreExact, withLetters([...good.letters, first!]), /there are 2 letters/],
    [
      'a healthy chunk in a letter',
      lettersAreExact,
      withLetters([
        ...good.letters,
        letterOf(
          [...Array(100).keys()].find((chunk) => !ailing.has(chunk))!,
          'worker_lost',
        ),
      ]),
      /is healthy and was given up/,
    ],
    [
      'a history that is too short',
      lettersAreExact,
      withLetters([{ ...first!, runs: first!.runs.slice(1) }, second!, ...good.letters.slice(2)]),
      /has the history/,
    ],
    [
      'a worker that is late',
      workersComeBack,
      { ...good, crashes: [{ ...good.crashes[0]!, backAfterMs: 5_001 }] },
      /was back after 5001 ms/,
    ],
    [
      'a worker that stays away',
      workersComeBack,
      { ...good, crashes: [{ ...good.crashes[0]!, backAfterMs: undefined }] },
      /did not come back/,
    ],
    [
      'a thread that runs on',
      nothingRuns,
      { ...good, busyAtRest: [{ process: 'compute-2', share: 1 }] },
      /compute-2 uses 1.00 cores/,
    ],
  ])('%s', (_, violations, run, says) => {
    expect(violations(run)).toEqual([expect.stringMatching(says)]);
  });
});
