import { expect, test } from 'vitest';
import { inTurn } from './turns.ts';

/** Comes after all that waits by now. */
const last = () => new Promise<void>((done) => inTurn(done));

test('pieces come in their order, each in a task of its own', async () => {
  const seen: string[] = [];
  for (const name of ['one', 'two', 'three'])
    inTurn(() => {
      seen.push(name);
      // What a piece leads to at once comes before the next piece.
      void Promise.resolve().then(() => seen.push(`after ${name}`));
    });
  expect(seen).toEqual([]);
  await last();
  expect(seen).toEqual(['one', 'after one', 'two', 'after two', 'three', 'after three']);
});

test('a piece that is taken back does not come; the others do, and later ones too', async () => {
  const seen: string[] = [];
  const back = inTurn(() => seen.push('one'));
  inTurn(() => seen.push('two'));
  back();
  await last();
  expect(seen).toEqual(['two']);
  back();
  inTurn(() => seen.push('alone'))();
  inTurn(() => seen.push('three'));
  await last();
  expect(seen).toEqual(['two', 'three']);
});

test('a piece may ask for another one, which comes behind those that wait', async () => {
  const seen: string[] = [];
  inTurn(() => {
    seen.push('outer');
    inTurn(() => seen.push('inner'));
  });
  inTurn(() => seen.push('next'));
  await last();
  await last();
  expect(seen).toEqual(['outer', 'next', 'inner']);
});
