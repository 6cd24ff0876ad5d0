import { expect, it } from 'vitest';
import { Troubles } from './troubles.ts';

function scene() {
  const troubles = new Troubles();
  const said: string[] = [];
  const stop = troubles.listen((sentence) => said.push(sentence));
  return {
    troubles,
    said,
    stop,
    fails: (nowMs: number) => troubles.failed('reading stream A', new Error('no such stream'), nowMs),
  };
}

it('what fails for some seconds is said once, and once more when it succeeds', () => {
  const { troubles, said, fails } = scene();
  for (const nowMs of [0, 500, 2_999]) fails(nowMs);
  expect(said).toEqual([]);
  for (const nowMs of [3_000, 3_500, 60_000]) fails(nowMs);
  expect(said).toEqual(['reading stream A has failed for 3 s (no such stream); the service tries again']);
  troubles.succeeded('reading stream A');
  troubles.succeeded('reading stream A');
  expect(said.slice(1)).toEqual(['reading stream A succeeds again']);
});

it('what fails for a moment only is not worth a word', () => {
  const { troubles, said, fails } = scene();
  fails(0);
  troubles.succeeded('reading stream A');
  fails(5_000);
  expect(said).toEqual([]);
});

it('while the server is away nothing is said, nor counted', () => {
  const { troubles, said, fails } = scene();
  fails(0);
  troubles.connected(false);
  fails(10_000);
  troubles.connected(true);
  fails(10_100);
  expect(said).toEqual([]);
  fails(13_100);
  expect(said).toHaveLength(1);
});

it('a listener that was removed is not called', () => {
  const { said, fails, stop } = scene();
  stop();
  fails(0);
  fails(3_000);
  expect(said).toEqual([]);
});
