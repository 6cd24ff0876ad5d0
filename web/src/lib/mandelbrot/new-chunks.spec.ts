import { expect, it } from 'vitest';
import { NewChunks } from './new-chunks.ts';

it('each chunk is asked for once, when it is done', () => {
  const chunks = new NewChunks();
  expect(chunks.take([[2, 4]])).toEqual([2, 3]);
  expect(
    chunks.take([
      [0, 1],
      [2, 6],
    ]),
  ).toEqual([0, 4, 5]);
  expect(chunks.take([[0, 6]])).toEqual([1]);
});

it('what cannot be loaded is tried three times', () => {
  const chunks = new NewChunks();
  chunks.take([[7, 8]]);
  expect([chunks.again(7), chunks.again(7), chunks.again(7)]).toEqual([true, true, false]);
  expect(chunks.take([[7, 8]])).toEqual([]);
});
