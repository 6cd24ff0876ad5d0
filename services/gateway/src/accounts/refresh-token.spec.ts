import { expect, test } from 'vitest';
import type { Session } from '../identity/records.ts';
import { hashOf } from '../identity/secrets.ts';
import { readRefreshToken, rotated } from './refresh-token.ts';

const startMs = Date.parse('2026-11-28T12:00:00Z');
const [first, second, third, fourth] = ['1', '2', '3', '4'].map(hashOf) as [string, string, string, string];
const fresh: Session = {
  v: 1,
  type: 'Session',
  session_id: 's',
  user_id: '019a0000-0000-7000-8000-000000000000',
  current: [first],
  previous: [],
  rotated_at: new Date(startMs).toISOString(),
  created_at: new Date(startMs).toISOString(),
  expires_at: new Date(startMs).toISOString(),
  user_agent: null,
};

test('a token is replaced by the next, and the session lives thirty days more', () => {
  const session = rotated(fresh, first, second, startMs + 1_000);
  expect(session).toMatchObject({ current: [second], previous: [first], expires_at: '2026-12-28T12:00:01.000Z' });
});

test('the one before is good for ten seconds more, and not a millisecond longer', () => {
  const session = rotated(fresh, first, second, startMs)!;
  expect(rotated(session, first, third, startMs + 9_999)).toMatchObject({ current: [second, third] });
  expect(rotated(session, first, third, startMs + 10_000)).toBeUndefined();
});

test('a repeat does not make the ten seconds longer', () => {
  const repeated = rotated(rotated(fresh, first, second, startMs)!, first, third, startMs + 9_000)!;
  expect(rotated(repeated, first, fourth, startMs + 10_000)).toBeUndefined();
});

test('of two tokens that came of one, the first to be used makes the other the one before', () => {
  const both = rotated(rotated(fresh, first, second, startMs)!, first, third, startMs + 100)!;
  const used = rotated(both, third, fourth, startMs + 600_000)!;
  expect(used).toMatchObject({ current: [fourth], previous: [second, third] });
  expect(rotated(used, second, first, startMs + 610_000)).toBeUndefined();
});

test('an older one, and one that never was, end the session', () => {
  const later = rotated(rotated(fresh, first, second, startMs)!, second, third, startMs + 100)!;
  expect(rotated(later, first, fourth, startMs + 200)).toBeUndefined();
  expect(rotated(later, hashOf('never'), fourth, startMs + 200)).toBeUndefined();
});

test('a hundred tabs that ask at once do not end the session, and the newest eight tokens are good', () => {
  let session = rotated(fresh, first, second, startMs)!;
  const given = Array.from({ length: 100 }, (_, count) => hashOf(`n${count}`));
  given.forEach((next, count) => (session = rotated(session, first, next, startMs + count)!));
  expect(session.current).toEqual(given.slice(-8));
  // One that had to make room is as one that was replaced.
  expect(rotated(session, given[0]!, third, startMs + 9_999)).toMatchObject({ current: [...given.slice(-7), third] });
  expect(rotated(session, given[0]!, third, startMs + 10_000)).toBeUndefined();
});

test.each([
  undefined,
  '',
  'a',
  `${'0'.repeat(32)}.`,
  `${'0'.repeat(31)}*.${'A'.repeat(43)}`,
  `${'0'.repeat(32)}.${'A'.repeat(44)}`,
])('%s is no refresh token', (text) => {
  expect(readRefreshToken(text)).toBeUndefined();
});
