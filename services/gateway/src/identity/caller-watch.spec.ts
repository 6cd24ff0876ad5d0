import { expect, test } from 'vitest';
import { CallerWatch } from './caller-watch.ts';
import { OPEN_CALLER, type Caller } from './caller.ts';
import type { Identification } from './identification.ts';

const session: Caller = { ...OPEN_CALLER, by: 'session', credentialId: 's1' };

function world() {
  const revoked = new Set<string>();
  const ended: string[] = [];
  const watch = new CallerWatch({
    isGood: ({ credentialId = '' }: Caller) => !revoked.has(credentialId),
  } as unknown as Identification);
  return { watch, revoked, ended, follow: (name: string, caller: Caller) => watch.follow(caller, () => ended.push(name)) };
}

test('what is open ends when its caller has expired, and not a moment before', () => {
  const { watch, ended, follow } = world();
  follow('short', { ...session, untilMs: 1_000 });
  follow('long', { ...session, untilMs: 5_000 });
  follow('without end', session);
  watch.look(999);
  expect(ended).toEqual([]);
  watch.look(1_000);
  expect(ended).toEqual(['short']);
  watch.look(1_000_000);
  expect(ended).toEqual(['short', 'long']);
  expect(watch.count).toBe(1);
  watch.onApplicationShutdown();
});

test('what is open ends once when its credential was revoked; what has other credentials stays', () => {
  const { watch, revoked, ended, follow } = world();
  follow('mine', session);
  follow('of another session', { ...session, credentialId: 's2' });
  revoked.add('s1');
  watch.look();
  watch.look();
  expect(ended).toEqual(['mine']);
  watch.onApplicationShutdown();
});

test('a tenant has as many streams open as it may, and another tenant as many again', () => {
  const { watch, follow } = world();
  const max = 3;
  const stops = Array.from({ length: max }, () => {
    watch.demandRoom(session, max);
    return follow('mine', session);
  });
  expect(() => watch.demandRoom(session, max)).toThrow(expect.objectContaining({ status: 429, retryAfterSec: 5 }) as Error);
  watch.demandRoom({ ...session, tenant: 'another' }, max);
  watch.demandRoom(OPEN_CALLER, 0);
  // Once for each, however often it is stopped.
  stops[0]!();
  stops[0]!();
  watch.demandRoom(session, max);
  follow('mine', session);
  expect(() => watch.demandRoom(session, max)).toThrow(expect.objectContaining({ status: 429 }) as Error);
  watch.onApplicationShutdown();
});

test('what has ended by itself is not ended again, and nothing is looked at any more', () => {
  const { watch, revoked, ended, follow } = world();
  const stop = follow('mine', session);
  stop();
  revoked.add('s1');
  watch.look();
  expect([ended, watch.count]).toEqual([[], 0]);
});

test('downloads end with their caller, and take no place of a live connection', () => {
  const { watch, revoked, ended } = world();
  const stop = watch.follow(session, () => ended.push('download'), false);
  watch.demandRoom(session, 1);
  stop();
  watch.follow(session, () => ended.push('another'), false);
  watch.follow(session, () => ended.push('stream'));
  expect(() => watch.demandRoom(session, 1)).toThrow(expect.objectContaining({ status: 429 }) as Error);
  revoked.add('s1');
  watch.look();
  expect(ended).toEqual(['another', 'stream']);
  watch.demandRoom(session, 1);
  watch.onApplicationShutdown();
});
