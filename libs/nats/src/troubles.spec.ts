import { expect, it } from 'vitest';
import { sayTroubles, troubled, untroubled } from './troubles.ts';

function scene() {
  let change: (connected: boolean) => void = () => undefined;
  const broker = { onConnected: (changed: (connected: boolean) => void) => ((change = changed), changed(true), () => true) };
  const said: string[] = [];
  const stop = sayTroubles(broker, (sentence) => said.push(sentence));
  return {
    broker,
    said,
    stop,
    connected: (is: boolean) => change(is),
    fails: (nowMs: number) => troubled(broker, 'reading stream WORK', new Error('no such stream'), nowMs),
  };
}

it('what fails for some seconds is said once, and once more when it succeeds', () => {
  const { broker, said, fails } = scene();
  for (const nowMs of [0, 500, 2_999]) fails(nowMs);
  expect(said).toEqual([]);
  for (const nowMs of [3_000, 3_500, 60_000]) fails(nowMs);
  expect(said).toEqual(['reading stream WORK has failed for 3 s (no such stream); the service tries again']);
  untroubled(broker, 'reading stream WORK');
  untroubled(broker, 'reading stream WORK');
  expect(said.slice(1)).toEqual(['reading stream WORK succeeds again']);
});

it('what fails for a moment only is not worth a word', () => {
  const { broker, said, fails } = scene();
  fails(0);
  untroubled(broker, 'reading stream WORK');
  fails(5_000);
  expect(said).toEqual([]);
});

it('while the server is away nothing is said, nor counted', () => {
  const { said, fails, connected } = scene();
  fails(0);
  connected(false);
  fails(10_000);
  connected(true);
  fails(10_100);
  expect(said).toEqual([]);
  fails(13_100);
  expect(said).toHaveLength(1);
});

it('who does not listen any more hears nothing', () => {
  const { said, fails, stop } = scene();
  stop();
  fails(0);
  fails(3_000);
  expect(said).toEqual([]);
});
