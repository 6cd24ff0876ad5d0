import { expect, test } from 'vitest';
import { isOutage, methodAfter, readRetryAfter, readStatus } from './reading.ts';

test.each([
  ['done', [200, 201, 204, 299]],
  ['moved', [301, 302, 303, 307, 308]],
  ['again', [408, 425, 429, 500, 502, 503, 504, 599]],
  ['refused', [300, 304, 400, 401, 403, 404, 409, 410, 422, 426, 451, 499]],
])('%s', (reading, statuses) => {
  expect(statuses.map((status) => [status, readStatus(status)])).toEqual(statuses.map((status) => [status, reading]));
});

test('what the host does not want is no outage', () => {
  expect([429, 404, 501, 505].filter(isOutage)).toEqual([]);
  expect([500, 502, 503, 504].filter(isOutage)).toHaveLength(4);
});

test('Retry-After is seconds or a date, an hour at most, and anything else is none', () => {
  const nowMs = Date.parse('2026-11-29T04:00:00Z');
  const read = (text?: string): number | undefined => readRetryAfter(text, nowMs);
  expect(['0', '120', ' 7 ', '3600', '3601', '999999999'].map(read)).toEqual([
    0, 120_000, 7_000, 3_600_000, 3_600_000, 3_600_000,
  ]);
  expect(read('Sun, 29 Nov 2026 04:00:30 GMT')).toBe(30_000);
  expect(read('Sun, 29 Nov 2026 03:00:00 GMT')).toBe(0);
  expect([undefined, '', '-1', 'soon', '1.5', '12345678901'].map(read)).toEqual(Array(6).fill(undefined));
});

test('a redirect never sends a body again', () => {
  expect([301, 302, 307, 308].map((status) => methodAfter(status, 'POST'))).toEqual(Array(4).fill(undefined));
  expect([301, 303].map((status) => methodAfter(status, 'HEAD'))).toEqual(['HEAD', 'HEAD']);
  expect(methodAfter(303, 'POST')).toBe('GET');
});
