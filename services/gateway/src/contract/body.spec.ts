import { JobId } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readBody } from './body.ts';
import { Field } from './field.ts';

class Order {
  @Field(z.int().min(1).max(5), { required: true })
  count?: number;

  @Field(z.string().max(3))
  name?: string;

  @Field(JobId)
  up_to?: string;
}

const refusal = (body: unknown): { status: number; problems: unknown } => {
  try {
    readBody(Order, body);
  } catch (error) {
    const problem = error as { getStatus(): number; getResponse(): { detail: unknown } };
    const { detail } = problem.getResponse();
    return {
      status: problem.getStatus(),
      problems: Array.isArray(detail) ? detail.map(({ type }: { type: string }) => type) : detail,
    };
  }
  return { status: 200, problems: [] };
};

test('a body that fits is its DTO; a field that is null is absent', () => {
  expect(readBody(Order, { count: 5, name: null })).toEqual(Object.assign(new Order(), { count: 5 }));
});

// Seen: `up_to` of a bulk action in capital letters is below every id, so the action took other jobs than asked for.
test('an id is read in lower case, as ids are stored', () => {
  const id = '0193e4a0-0000-7abc-8def-0123456789ab';
  expect(readBody(Order, { count: 1, name: 'ABC', up_to: id.toUpperCase() })).toMatchObject({ name: 'ABC', up_to: id });
});

test.each([
  [[], ['object_type']],
  ['text', ['object_type']],
  [null, ['object_type']],
  [{}, ['missing']],
  [{ count: null }, ['missing']],
  [{ count: 1, nme: 'a' }, ['extra_forbidden']],
  [{ count: '1', name: 'abcd' }, ['int_type', 'string_too_long']],
  [JSON.parse('{"count":1,"__proto__":{}}'), ['extra_forbidden']],
  [
    Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`x${n}`, n])),
    [...Array(10).fill('x'), 'more'].map((type, n) => (n === 0 ? 'missing' : type === 'x' ? 'extra_forbidden' : type)),
  ],
])('%j is refused', (body, problems) => {
  expect(refusal(body)).toEqual({ status: 422, problems });
});

test('a number out of its range is a sentence', () => {
  expect(refusal({ count: 6 })).toEqual({ status: 400, problems: 'count must be between 1 and 5.' });
});
