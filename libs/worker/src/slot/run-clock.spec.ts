import { describe, expect, it } from 'vitest';
import { RunClock } from './run-clock.ts';

function begun() {
  const clock = new RunClock();
  clock.begin(1_000);
  return clock;
}

describe('the clock of a chunk', () => {
  it('counts from the begin of the run, and again from each next chunk', () => {
    const clock = begun();
    expect(clock.ranMs(0, 1_700)).toBe(700);
    expect(clock.ranMs(1, 1_800)).toBe(0);
    expect(clock.ranMs(1, 1_850)).toBe(50);
  });

  it('does not count while it is paused, by however many', () => {
    const clock = begun();
    clock.pause(0, 1_100);
    clock.pause(0, 1_200);
    expect(clock.ranMs(0, 60_000)).toBe(100);
    clock.resume(0, 60_000);
    expect(clock.ranMs(0, 61_000)).toBe(100);
    clock.resume(0, 61_000);
    expect(clock.ranMs(0, 61_500)).toBe(600);
  });

  it('a pause of a chunk that is over stops no other', () => {
    const clock = begun();
    clock.pause(0, 1_100);
    expect(clock.ranMs(1, 1_200)).toBe(0);
    clock.pause(0, 1_250);
    clock.resume(0, 1_260);
    expect(clock.ranMs(1, 1_500)).toBe(300);
  });

  it('a pause is known before the chunk it is of', () => {
    const clock = begun();
    clock.pause(3, 1_100);
    expect(clock.ranMs(3, 5_000)).toBe(0);
  });
});
