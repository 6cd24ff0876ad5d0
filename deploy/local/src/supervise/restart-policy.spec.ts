import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideRestart, noDeaths, restartPolicy, type Death, type PastDeaths } from './restart-policy.ts';

const killed: Death = { aliveMs: 0 };
const after = (deaths: readonly Death[], policy = restartPolicy) =>
  deaths.reduce((before, death) => decideRestart(policy, before.past, death), { past: noDeaths, givenUp: false, delayMs: 0 });
const past = (deaths: number): PastDeaths => ({ ...noDeaths, deaths });

test('the first death costs a quarter of a second, and each further one twice as much up to ten seconds', () => {
  const delays: number[] = [];
  for (let deaths = 0; deaths < 8; deaths += 1) delays.push(decideRestart(restartPolicy, past(deaths), killed).delayMs);
  expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('a process that lived long enough starts over', () => {
  expect(decideRestart(restartPolicy, past(9), { aliveMs: restartPolicy.stableMs })).toMatchObject({
    past: { deaths: 1 },
    delayMs: 250,
  });
  expect(decideRestart(restartPolicy, past(9), { aliveMs: restartPolicy.stableMs - 1 })).toMatchObject({
    past: { deaths: 10 },
    delayMs: 10_000,
  });
});

test('a process that says that starting again cannot help is given up at once', () => {
  expect(after([{ aliveMs: 300, exitCode: 78 }]).givenUp).toBe(true);
  expect(after([killed, { aliveMs: 300, exitCode: 1 }, { aliveMs: 300, exitCode: 78 }]).givenUp).toBe(true);
});

test('a process that never got to work is given up after its last try, and not before', () => {
  const ends = Array.from({ length: restartPolicy.deathsMax }, () => ({ aliveMs: 300, exitCode: 1 }));
  expect(after(ends.slice(1)).givenUp).toBe(false);
  expect(after(ends).givenUp).toBe(true);
});

test('what was once at work is started again for ever, and so is what was only killed', () => {
  const ends: Death[] = Array.from({ length: 50 }, () => ({ aliveMs: 300, exitCode: 78 }));
  expect(after([{ aliveMs: restartPolicy.stableMs, exitCode: 1 }, ...ends]).givenUp).toBe(false);
  expect(after(Array.from({ length: 50 }, () => killed)).givenUp).toBe(false);
  expect(
    after([
      ...Array.from({ length: 5 }, () => ({ aliveMs: 1, exitCode: 1 })),
      killed,
      ...Array.from({ length: 5 }, () => ({ aliveMs: 1, exitCode: 1 })),
    ]).givenUp,
  ).toBe(false);
});

test('whatever the deaths, the delay is finite, within its bounds, and never shorter after one death more', () => {
  const policies = fc.record({
    firstDelayMs: fc.integer({ min: 1, max: 1_000 }),
    delayMsMax: fc.integer({ min: 1_000, max: 60_000 }),
    stableMs: fc.integer({ min: 1, max: 60_000 }),
    deathsMax: fc.integer({ min: 1, max: 20 }),
  });
  const deaths = fc.record({
    aliveMs: fc.double({ min: 0, max: 120_000, noNaN: true }),
    exitCode: fc.constantFrom(undefined, 0, 1, 78),
  });
  fc.assert(
    fc.property(policies, fc.array(deaths, { maxLength: 100 }), (policy, lives) => {
      let before = { past: noDeaths, delayMs: 0 };
      for (const death of lives) {
        const restart = decideRestart(policy, before.past, death);
        expect(restart.delayMs).toBeGreaterThanOrEqual(policy.firstDelayMs);
        expect(restart.delayMs).toBeLessThanOrEqual(policy.delayMsMax);
        if (death.aliveMs < policy.stableMs) expect(restart.delayMs).toBeGreaterThanOrEqual(before.delayMs);
        else expect(restart).toMatchObject({ past: { deaths: 1 }, delayMs: policy.firstDelayMs, givenUp: false });
        before = restart;
      }
    }),
  );
});
