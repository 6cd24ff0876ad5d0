import { limits, type WireError } from '@manyhands/proto';
import { aSubmitJob } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  doubtfulLetters,
  FAILED_BYTES_MAX,
  FAILED_CHUNKS_MAX,
  LETTER_BYTES_MAX,
  newLetters,
  withFailedRuns,
  withYoungLetters,
  YOUNG_LETTERS_MAX,
} from './deaths.ts';
import { submittedJob, type JobState } from './state.ts';

const job = submittedJob(aSubmitJob({ chunks: 10_000 }), 1_000_000);
const errorOf = (message: string, code = 'compute_failed'): WireError => ({ code, message, retryable: true });
const partsOf = (from: number, count: number, error: WireError, dies: boolean) =>
  Array.from({ length: count }, (_, at) => ({ span: [from + at, from + at + 1] as const, error, dies }));
const json = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

it('what is remembered is bounded in number and bytes, whatever the errors say, and the newest is never forgotten', () => {
  const step = fc.record({
    from: fc.nat(5_000),
    count: fc.integer({ min: 1, max: 900 }),
    message: fc.constantFrom('boom', '\u0000'.repeat(2_000), '"ü'.repeat(1_000)),
    code: fc.constantFrom('c', 'c'.repeat(5_000)),
    dies: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      let state: JobState = job;
      for (const { from, count, message, code, dies } of steps) {
        const next = withFailedRuns(state, partsOf(from, count, errorOf(message, code), dies), 0, 'worker-1');
        expect(newLetters(state, next)).toHaveLength(
          dies ? Math.min(count, limits.deadLettersPerRoundMax - state.letterCount) : 0,
        );
        state = withYoungLetters(next);
        expect(state.failures.length).toBeLessThanOrEqual(FAILED_CHUNKS_MAX);
        expect(state.failures.reduce((sum, { runs }) => sum + json(runs), 0)).toBeLessThanOrEqual(FAILED_BYTES_MAX);
        expect(state.letters.length).toBeLessThanOrEqual(YOUNG_LETTERS_MAX);
        expect(state.letters.reduce((sum, { letter }) => sum + json(letter), 0)).toBeLessThanOrEqual(LETTER_BYTES_MAX);
        if (!dies) expect(state.failures.at(-1)?.span[0]).toBe(from + count - 1);
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

it('a letter tells of all runs of its chunk', () => {
  const twice = [0, 1].reduce(
    (state, attempt) => withFailedRuns(state, partsOf(7, 1, errorOf(`try ${attempt}`), false), attempt, 'w'),
    job,
  );
  const dead = withFailedRuns(twice, partsOf(7, 1, errorOf('try 2'), true), 2, 'w');
  expect(newLetters(twice, dead)).toMatchObject([
    { begin: 7, end: 8, runs: [{ run: 1, message: 'try 0' }, { run: 2 }, { run: 3, message: 'try 2' }] },
  ]);
  expect(dead).toMatchObject({ failures: [], letterCount: 1, firstDeath: { message: 'Chunk 7 failed 3 times: try 2' } });
});

it('a letter is doubtful for a minute', () => {
  const dead = withFailedRuns(job, partsOf(7, 1, errorOf('boom'), true), 2, 'w');
  expect(doubtfulLetters({ ...dead, atMs: job.atMs + 60_000 })).toHaveLength(1);
  expect(doubtfulLetters({ ...dead, atMs: job.atMs + 60_001 })).toEqual([]);
});

it('a round writes so many letters and no more, a result less, and a state keeps only the newest of them', () => {
  const many = { ...job, letterCount: limits.deadLettersPerRoundMax - 1 };
  const last = withFailedRuns(many, partsOf(7, 2, errorOf('boom'), true), 2, 'w');
  expect(newLetters(many, last)).toMatchObject([{ begin: 7 }]);
  expect(newLetters(last, withFailedRuns(last, partsOf(9, 1, errorOf('boom'), true), 2, 'w'))).toEqual([]);
  const crowd = withYoungLetters(withFailedRuns(job, partsOf(0, YOUNG_LETTERS_MAX + 1, errorOf(''), true), 2, ''));
  expect(crowd.letterCount).toBe(YOUNG_LETTERS_MAX);
  const more = withYoungLetters(withFailedRuns(crowd, partsOf(5_000, 5, errorOf(''), true), 2, ''));
  expect(more.letterCount).toBe(YOUNG_LETTERS_MAX + 5);
  expect(more.letters.length).toBeLessThanOrEqual(YOUNG_LETTERS_MAX);
  expect(more.letters.at(-1)!.letter.begin).toBe(5_004);
});
