import { format, Validator } from '@cfworker/json-schema';
import { expect, it } from 'vitest';
import { ownProblems, plainProblem } from './plain-problem.ts';

const schema = {
  type: 'object',
  properties: {
    n: { type: 'integer', minimum: 1, maximum: 10_000 },
    s: { type: 'string', minLength: 1 },
    o: { type: 'string', format: 'json-object' },
    m: { type: 'string', enum: ['POST', 'GET'] },
    l: { type: 'array', items: { type: 'integer' } },
  },
  required: ['n'],
  additionalProperties: false,
};

// As the form adds it.
Object.assign(format, { 'json-object': (text: string) => text.startsWith('{') });

it.each([
  [{ n: 1000.5 }, 'Must be a whole number.'],
  [{ n: 'x' }, 'Must be a whole number.'],
  [{ n: 0 }, 'Must be at least 1.'],
  [{ n: 10_001 }, 'Must be at most 10,000.'],
  [{}, 'n must be filled in.'],
  [{ n: 1, s: '' }, 'Must be filled in.'],
  [{ n: 1, s: 5 }, 'Must be text.'],
  [{ n: 1, o: '[1]' }, 'Must be a JSON object, such as {"power": 2}.'],
  [{ n: 1, m: 'PUT' }, 'Must be one of POST, GET.'],
  [{ n: 1, l: ['x'] }, 'Must be a whole number.'],
  [{ n: 1, other: 1 }, 'It is none of the parameters.'],
])('%j: %s, and nothing else', (value, words) => {
  const { errors } = new Validator(schema as never, '2020-12', false).validate(value);
  expect(ownProblems(errors).map(({ keyword, error }) => plainProblem(keyword, error))).toEqual([words]);
});
