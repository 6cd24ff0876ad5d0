import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideRestart, restartPolicy } from './restart-policy.ts';

test('the first death costs a quarter of a second, and each further one twice as much up to ten seconds', () => {
  const delays: number[] = [];
  for (let deaths = 0; deaths < 8; deaths += 1) delays.push(decideRestart(restartPolicy, deaths, 0).delayMs);
  expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('a process that lived long enough starts over', () => {
  expect(decideRestart(restartPolicy, 9, restartPolicy.stableMs)).toEqual({ deaths: 1, delayMs: 250 });
  expect(decideRestart(restartPolicy, 9, restartPolicy.stableMs - 1)).toEqual({ deaths: 10, delayMs: 10_000 });
});

test('whatever the deaths, the delay is finite, within its bounds, and never shorter after one death more', () => {
  const policies = fc.record({ firstDelayMs: fc.integer({ min: 1, max: 1_000 }), delayMsMax: fc.integer({ min: 1_000, max: 60_000 }), stableMs: fc.integer({ min: 1, max: 60_000 }) });
  fc.assert(
    fc.property(policies, fc.array(fc.double({ min: 0, max: 120_000, noNaN: true }), { maxLength: 100 }), (policy, lives) => {
      let deaths = 0;
      let before = 0;
      for (const aliveMs of lives) {
        const restart = decideRestart(policy, deaths, aliveMs);
        expect(restart.delayMs).toBeGreaterThanOrEqual(policy.firstDelayMs);
        expect(restart.delayMs).toBeLessThanOrEqual(policy.delayMsMax);
        if (aliveMs < policy.stableMs) expect(restart.delayMs).toBeGreaterThanOrEqual(before);
        else expect(restart).toEqual({ deaths: 1, delayMs: policy.firstDelayMs });
        deaths = restart.deaths;
        before = restart.delayMs;
      }
    }),
  );
});
