import { expect, test } from 'vitest';
import { didYouMean, nearName } from './near-name.ts';

const known = [
  'kind',
  'params',
  'n',
  'chunks',
  'priority',
  'on_dead_chunk',
  'max_attempts',
  'soft_limit_sec',
  'run_at',
  'cron',
  'time_zone',
];

test.each([
  ['timezone', 'time_zone'],
  ['timeZone', 'time_zone'],
  ['runAt', 'run_at'],
  ['run-at', 'run_at'],
  ['N', 'n'],
  ['chunk', 'chunks'],
  ['priorty', 'priority'],
  ['onDeadChunk', 'on_dead_chunk'],
  ['soft_limit', undefined],
  ['m', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
  ['urls', undefined],
])('%s is near to %s', (given, near) => {
  expect(nearName(given, known)).toBe(near);
});

test('says what is left to do', () => {
  expect(didYouMean('runAt', known, 'take it out')).toBe('did you mean "run_at"? Else take it out');
  expect(didYouMean('zzzz', known, 'take it out')).toBe('take it out');
});
