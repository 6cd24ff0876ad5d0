import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endOf, PAUSE_MS, planOf, type Fault } from './plan.ts';
import { PROFILES, serviceNames } from './profile.ts';

const stages = fc.constantFrom(...PROFILES.short, ...PROFILES.ci);
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const untilOf = (fault: Fault): number => fault.atMs + ('forMs' in fault ? fault.forMs : 0);

it('the same seed gives the same plan, another seed another', () => {
  fc.assert(
    fc.property(seeds, stages, (seed, stage) => {
      expect(planOf(seed, stage)).toEqual(planOf(seed, stage));
    }),
  );
  expect(planOf(1, PROFILES.ci[0]!)).not.toEqual(planOf(2, PROFILES.ci[0]!));
});

it('a plan holds as many faults of each kind as its stage asks for, in the order of time', () => {
  fc.assert(
    fc.property(seeds, stages, (seed, stage) => {
      const plan = planOf(seed, stage);
      const count = (kind: Fault['kind']): number => plan.filter((fault) => fault.kind === kind).length;
      expect([
        count('kill'),
        count('pause'),
        count('cut-off'),
        count('kill-server'),
        count('pause-server'),
        count('partition'),
      ]).toEqual([
        stage.serviceKills,
        stage.servicePauses,
        stage.cutOffs,
        stage.serverKills,
        stage.serverPauses,
        stage.partitions,
      ]);
      expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((one, other) => one - other));
      expect(endOf(plan)).toBe(Math.max(0, ...plan.map(untilOf)));
    }),
  );
});

it('the broker has one fault at a time, and time to come back before the next', () => {
  fc.assert(
    fc.property(seeds, stages, (seed, stage) => {
      const faults = planOf(seed, stage).filter(({ kind }) => kind !== 'kill' && kind !== 'pause' && kind !== 'cut-off');
      for (const [index, fault] of faults.entries()) {
        if (index > 0) expect(fault.atMs - untilOf(faults[index - 1]!)).toBeGreaterThanOrEqual(stage.brokerGapMs[0]);
      }
    }),
  );
});

it('services that exist are killed, none while it is held up, one is held up at a time, and longer than the ack wait', () => {
  fc.assert(
    fc.property(seeds, stages, (seed, stage) => {
      const plan = planOf(seed, stage);
      const holdUps = plan.filter((fault) => fault.kind === 'pause' || fault.kind === 'cut-off');
      for (const [index, { atMs }] of holdUps.entries())
        if (index > 0) expect(atMs).toBeGreaterThan(untilOf(holdUps[index - 1]!));
      for (const fault of plan) {
        if ('target' in fault) expect(serviceNames(stage)).toContain(fault.target);
        if (fault.kind === 'pause' || fault.kind === 'cut-off' || fault.kind === 'pause-server')
          expect(fault.forMs).toBeGreaterThanOrEqual(PAUSE_MS[0]);
        if (fault.kind === 'kill')
          expect(
            holdUps.filter(
              ({ target, atMs, forMs }) => target === fault.target && fault.atMs >= atMs && fault.atMs <= atMs + forMs,
            ),
          ).toEqual([]);
      }
    }),
  );
});

it('the profiles reach what they promise', () => {
  const total = (name: 'ci' | 'full', field: 'serviceKills' | 'serverKills' | 'partitions' | 'chunksMin' | 'jobsMin') =>
    PROFILES[name].filter(({ ordeal }) => ordeal === 'torment').reduce((sum, stage) => sum + stage[field], 0);
  expect(total('ci', 'chunksMin')).toBeGreaterThanOrEqual(10_000);
  expect(total('ci', 'jobsMin')).toBeGreaterThanOrEqual(100);
  expect(total('ci', 'serviceKills')).toBeGreaterThanOrEqual(100);
  expect(PROFILES.ci.map(({ serverKills }) => serverKills)).toEqual([20, 15, 0, 0]);
  expect(PROFILES.ci.map(({ cutOffs }) => cutOffs > 0)).toEqual([true, true, false, false]);
  expect(PROFILES.ci.map(({ ordeal }) => ordeal)).toEqual(['torment', 'torment', 'storm', 'rolling']);
  expect(total('ci', 'partitions')).toBe(10);
  expect(PROFILES.ci.reduce((sum, stage) => sum + stage.servicePauses + stage.serverPauses, 0)).toBeGreaterThanOrEqual(10);
  expect(total('full', 'chunksMin')).toBeGreaterThanOrEqual(100_000);
  expect(total('full', 'serviceKills')).toBeGreaterThanOrEqual(1_500);
});
