import { expect, it } from 'vitest';
import { IsolationGate } from './isolation-gate.ts';

const never = new AbortController().signal;

it('lets in as many as there is room for, and each next one when one has left', async () => {
  const gate = new IsolationGate(2);
  const entered: number[] = [];
  const enter = (who: number): void => void gate.enter(never).then(() => entered.push(who));
  for (const who of [1, 2, 3, 4]) enter(who);
  await new Promise(setImmediate);
  expect(entered).toEqual([1, 2]);
  gate.leave();
  await new Promise(setImmediate);
  expect(entered).toEqual([1, 2, 3]);
  for (let leaving = 0; leaving < 3; leaving += 1) gate.leave();
  for (const who of [5, 6]) enter(who);
  await new Promise(setImmediate);
  expect(entered.sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

it('one that is cancelled while it waits takes no room', async () => {
  const gate = new IsolationGate(1);
  const cancelled = new AbortController();
  expect(await gate.enter(never)).toBe(true);
  const waiting = gate.enter(cancelled.signal);
  cancelled.abort();
  expect(await waiting).toBe(false);
  expect(await gate.enter(cancelled.signal)).toBe(false);
  gate.leave();
  expect(await gate.enter(never)).toBe(true);
});
