import { limits } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { JobListQuery, PageQuery } from '../jobs/page-query.ts';
import { JobBody } from '../submit/job-body.ts';
import { checkFields, Field, fieldsOf } from './field.ts';
import { readQuery } from './query.ts';

test('a field is checked and described by the schema it is made from', () => {
  class Order {
    @Field(z.int().min(2).max(5), { description: 'How many.', unit: 'pieces', default: 3 })
    count?: unknown;

    @Field(z.string().max(3))
    name?: unknown;
  }
  expect(Object.fromEntries(fieldsOf(Order))).toEqual({
    count: { type: 'integer', minimum: 2, maximum: 5, description: 'How many.', default: 3 },
    name: { type: 'string', maxLength: 3 },
  });
  const check = (given: object) => checkFields(Object.assign(new Order(), given), 'body');
  expect(check({ count: 5, name: 'abc' })).toEqual({ problems: [], outOfRange: undefined });
  expect(check({ count: 6, name: 'abcd' })).toEqual({
    problems: [{ loc: ['body', 'name'], msg: 'must be at most 3 characters', type: 'string_too_long' }],
    outOfRange: 'count must be between 2 and 5 pieces.',
  });
  expect(check({ count: '3', name: 7 }).problems.map(({ type }) => type)).toEqual(['int_type', 'string_type']);
});

test('a field whose schema no check is known for is refused when its class is made', () => {
  expect(() => {
    class Order {
      @Field(z.array(z.string()))
      names?: string[];
    }
    return Order;
  }).toThrow(/a field cannot be/);
});

test('a query has its own fields and those of the class it extends, with defaults', () => {
  expect([...fieldsOf(JobListQuery).keys()]).toEqual(['status', 'kind', 'tag', 'text', 'limit', 'cursor']);
  expect(readQuery(PageQuery, {})).toEqual({ limit: limits.pageSizeDefault });
  const id = '0198C0DE-0000-7000-8000-000000000000';
  expect(readQuery(PageQuery, { limit: '7', cursor: id })).toEqual({ limit: 7, cursor: id.toLowerCase() });
});

test('the limits of a submission are those of the message it becomes', () => {
  const { chunks, max_attempts, soft_limit_sec, hard_limit_sec } = Object.fromEntries(fieldsOf(JobBody));
  expect(chunks).toMatchObject({ minimum: 1, maximum: limits.chunkCountMax });
  expect(max_attempts).toMatchObject({ minimum: 1, maximum: limits.attemptsMaxMax, default: limits.attemptsMax });
  for (const seconds of [soft_limit_sec, hard_limit_sec])
    expect(seconds).toMatchObject({ minimum: limits.timeLimitSecMin, maximum: limits.timeLimitSecMax });
});
