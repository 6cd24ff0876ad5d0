import { expect, it } from 'vitest';
import { codeProblemOf } from './code-problem.ts';

const fields = [
  { field: 'params.n', message: 'must be >= 1' },
  { field: 'params.code', message: 'line 12, column 3: Unexpected token' },
];

it('names the line of the code that is wrong', () => {
  expect(codeProblemOf(fields, 'code')).toEqual({ message: 'line 12, column 3: Unexpected token', line: 12 });
});

it('a sentence without a line has none, and neither has another field', () => {
  const message = 'it has no function map at its top level';
  expect(codeProblemOf([{ field: 'params.code', message }], 'code')).toEqual({ message, line: undefined });
  expect(codeProblemOf(fields, 'more')).toBeUndefined();
  expect(codeProblemOf([], 'code')).toBeUndefined();
});
