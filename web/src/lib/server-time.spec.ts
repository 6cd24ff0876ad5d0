import { expect, it } from 'vitest';
import { aheadBy, present, tellingTime } from './server-time.ts';

const at = Date.parse('2026-11-29T12:00:00Z');
const date = new Date(at).toUTCString();
const hourMs = 3_600_000;

it.each([
  ['between question and answer', date, at - 20, at + 30, 0],
  ['a moment off', date, at + 2_000, at + 2_100, 0],
  ['a day ahead of ours', date, at - 24 * hourMs, at - 24 * hourMs, 24 * hourMs],
  ['a day behind ours', date, at + 24 * hourMs, at + 24 * hourMs, -24 * hourMs],
  ['known only to be between, where the page slept meanwhile', date, at - hourMs, at + hourMs, 0],
  ['not stated', null, at, at, null],
  ['nonsense', 'soon', at, at, null],
])('the clock of the system: %s', (_, stated, askedMs, answeredMs, ahead) => {
  expect(aheadBy(stated, askedMs, answeredMs)).toBe(ahead);
});

it('what an answer states holds until another one states something else', async () => {
  const answer = (headers: Record<string, string>) => tellingTime(() => Promise.resolve(new Response('', { headers })))('/');
  await answer({ date: new Date(Date.now() + 24 * hourMs).toUTCString() });
  await answer({});
  expect(Math.abs(present() - Date.now() - 24 * hourMs)).toBeLessThan(2_000);
  await answer({ date: new Date().toUTCString() });
  expect(Math.abs(present() - Date.now())).toBeLessThan(2_000);
});
