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

test.each(['61s', '0', '-1s', '5m', '', 'soon', '1.5s', ['1s', '2s']].map((wait) => ({ wait })))(
  '$wait is refused',
  ({ wait }) => {
    try {
      readWait({ wait });
      expect.unreachable();
    } catch (error) {
      expect((error as Problem).getResponse()).toEqual({ detail: 'wait must be a time like 5s or 500ms, at most 60s.' });
    }
  },
);
