import { aJobView } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chosenIn, deadWithout, isChosen, refusalOf } from './chosen-chunks.ts';

const span = fc
  .tuple(fc.nat(40), fc.integer({ min: 1, max: 8 }))
  .map(([begin, length]): [number, number] => [begin, begin + length]);
const spans = fc.array(span, { minLength: 1, maxLength: 6 });
const members = (list: readonly (readonly [number, number])[]) =>
  Array.from({ length: 60 }, (_, chunk) => chunk).filter((chunk) => list.some(([begin, end]) => begin <= chunk && chunk < end));

it('what is left dead is what was dead and is not chosen', () => {
  fc.assert(
    fc.property(spans, spans, (failed, chosen) => {
      const left = deadWithout({ done: [], leased: [], failed, coarse: false }, chosen);
      expect(members(left)).toEqual(members(failed).filter((chunk) => !isChosen(chosen, chunk)));
    }),
  );
});

it.each([
  [{ on_dead_chunk: 'continue' as const }, [[0, 2]], undefined],
  [{ on_dead_chunk: 'continue' as const }, [[4, 9]], 'None of these chunks is dead'],
  [{}, [[0, 2]], 'would fail by the 2 other dead chunks, because it allows 0'],
  [{}, [[0, 4]], undefined],
  [{ max_failed: { count: 2 } }, [[1, 3]], undefined],
  [{ max_failed: { count: 1 } }, [[1, 3]], 'because it allows 1'],
  [{ max_failed: { share: 0.2 } }, [[0, 2]], undefined],
])('of a job with %j the chunks %j: %s', (given, chunks, refusal) => {
  const map = { done: [], leased: [], failed: [[0, 4] as [number, number]], coarse: false };
  const view = aJobView({ status: 'failed', total_chunks: 10, failed_chunks: 4, chunks: map, ...given });
  const answer = refusalOf(view, chunks as [number, number][]);
  if (refusal === undefined) expect(answer).toBeUndefined();
  else expect(answer?.detail).toContain(refusal);
  if (refusal !== undefined) expect(answer?.all).toBe(!refusal.startsWith('None'));
  expect(refusalOf({ ...view, chunks: { ...map, coarse: true } }, chunks as [number, number][])).toBeUndefined();
});

it.each([['x'], [[]], [[[3]]], [[[4, 3]]], [[[0, 1, 2]]], [[[-1, 2]]], [[[0, 1_000_000]]]])('%j names no chunks', (chunks) => {
  expect(() => chosenIn({ chunks })).toThrow();
});
