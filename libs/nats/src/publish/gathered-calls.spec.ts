import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OutgoingMessage } from './outbox.ts';
import { gathering, groupsOf, type GatheredCall } from './gathered-calls.ts';

const message: OutgoingMessage = { subject: 'a.x', data: new Uint8Array() };
const callOf = (count: number): GatheredCall => ({
  messages: Array.from({ length: count }, () => message),
  resolve: () => undefined,
  reject: () => undefined,
});

it('calls of one turn of the event loop are taken together, each stream apart, and each gets its own answer', async () => {
  const taken: [string, number[]][] = [];
  const gather = gathering<string>(async (stream, calls) => {
    taken.push([stream, calls.map(({ messages }) => messages.length)]);
    for (const { messages, resolve } of calls) resolve(messages.map(() => 'stored'));
  });
  const first = [gather('a', [message]), gather('b', [message]), Promise.resolve().then(() => gather('a', [message, message]))];
  expect(await Promise.all(first)).toEqual([['stored'], ['stored'], ['stored', 'stored']]);
  await gather('a', [message]);
  expect(taken).toEqual([
    ['a', [1, 2]],
    ['b', [1]],
    ['a', [1]],
  ]);
});

it('groups keep the order, split no call, and none holds more than allowed unless it is one call', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 19 }), { maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (sizes, max) => {
      const calls = sizes.map(callOf);
      const groups = groupsOf(calls, max);
      expect(groups.flat()).toEqual(calls);
      for (const group of groups) {
        expect(group.length).toBeGreaterThan(0);
        if (group.length > 1) expect(group.reduce((sum, { messages }) => sum + messages.length, 0)).toBeLessThanOrEqual(max);
      }
    }),
  );
});
