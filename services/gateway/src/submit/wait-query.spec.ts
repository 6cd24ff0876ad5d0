import { expect, test } from 'vitest';
import type { Problem } from '../edge/problem.ts';
import { readWait } from './wait-query.ts';

test.each([
  [{}, undefined],
  [{ wait: '5s' }, 5_000],
  [{ wait: '500ms' }, 500],
  [{ wait: '60' }, 60_000],
  [{ wait: '60000ms' }, 60_000],
])('%j is %s ms', (query, ms) => {
  expect(readWait(query)).toBe(ms);
});

test.each<[unknown, number, unknown]>([
  ...['-1s', '5m', '', 'soon', '1.5s', '0x5'].map((wait): [unknown, number, unknown] => [
    wait,
    422,
    [{ loc: ['query', 'wait'], msg: 'must be a time like 5s or 500ms', type: 'string_pattern' }],
  ]),
  [['1s', '2s'], 422, [{ loc: ['query', 'wait'], msg: 'must be a string', type: 'string_type' }]],
  ...['0', '0ms', '61s', '60001ms'].map((wait): [unknown, number, unknown] => [
    wait,
    400,
    'wait must be more than 0 and at most 60s.',
  ]),
])('%j is refused', (wait, status, detail) => {
  try {
    readWait({ wait });
    expect.unreachable();
  } catch (error) {
    expect((error as Problem).getStatus()).toBe(status);
    expect((error as Problem).getResponse()).toEqual({ detail });
  }
});
