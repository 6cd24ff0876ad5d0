import { describe, expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

describe('createFakeClock', () => {
  it('moves only when told to', () => {
    const clock = createFakeClock(100);
    expect(clock.now()).toBe(100);
    clock.advance(5);
    expect(clock.now()).toBe(105);
  });

  it('fires timers in order of time, each at its own time, and timers set by timers', () => {
    const clock = createFakeClock(0);
    const fired: string[] = [];
    clock.after(20, () => fired.push(`b@${clock.now()}`));
    clock.after(10, () => {
      fired.push(`a@${clock.now()}`);
      clock.after(5, () => fired.push(`c@${clock.now()}`));
    });
    clock.advance(30);
    expect(fired).toEqual(['a@10', 'c@15', 'b@20']);
  });

  it('does not fire what was cancelled or is not due', () => {
    const clock = createFakeClock(0);
    const fired: string[] = [];
    clock.after(10, () => fired.push('cancelled'))();
    clock.after(11, () => fired.push('later'));
    clock.advance(10);
    expect(fired).toEqual([]);
  });
});
