/**
 * The same simulation (`simulation.spec.ts`) with jobs whose answers keep an order, or are lines, and whose chunks return new bytes in each run. Parts are so small that what
 * a few chunks leave has several, and a process may die between any two of them.
 *
 * Checked besides (`job-account.ts`): in an answer, and in the lines, are whole elements that some run returned, each chunk once, in order, exactly those that are done; what is named
 * can be read from the moment it is named. Then what is planted, here or in the worker (`mutant.ts`), must be found.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GroupBug } from '../../services/coordinator/src/job/planted-groups.fixture.ts';
import type { Mutant } from './mutant.ts';
import { KEPT_ORDER_FROM } from './scenario.ts';
import { simulate } from './simulate.ts';

const SEQUENCES = Math.ceil(Number(process.env['SIMULATION_SEQUENCES'] ?? 240) / 3);
const SEEDS_MAX = 300;

const planted = vi.hoisted(() => ({ bug: undefined as GroupBug | undefined }));
afterEach(() => void (planted.bug = undefined));

vi.mock('../../services/coordinator/src/job/merge-groups.ts', async (importOriginal) => {
  const { plantedGroups } = await import('../../services/coordinator/src/job/planted-groups.fixture.ts');
  return plantedGroups(
    await importOriginal<typeof import('../../services/coordinator/src/job/merge-groups.ts')>(),
    () => planted.bug,
  );
});

it(
  `no line is mixed, lost or doubled, and no answer is out of order (${SEQUENCES} sequences)`,
  async () => {
    const ends = new Map<string, number>();
    for (let seed = KEPT_ORDER_FROM; seed < KEPT_ORDER_FROM + SEQUENCES; seed += 1) {
      const { violations, statuses } = await simulate(seed);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
      for (const status of statuses) ends.set(status, (ends.get(status) ?? 0) + 1);
    }
    // Most must have come to an answer, or nothing was tested.
    expect(ends.get('completed')).toBeGreaterThan(SEQUENCES / 2);
  },
  60_000 + SEQUENCES * 2_000,
);

it('comes out the same each time it is run', async () => {
  for (let seed = KEPT_ORDER_FROM; seed < KEPT_ORDER_FROM + 4; seed += 1)
    expect(await simulate(seed)).toEqual(await simulate(seed));
}, 60_000);

describe('the simulation finds', () => {
  it.each<[Mutant, RegExp]>([
    ['no nonce', /no run returned this|is not stored/],
    ['results before parts', /is not stored|failed though nothing is wrong/],
  ])('%s', async (mutant, violation) => expect(await firstViolation(mutant)).toMatch(violation), 240_000);

  it.each<[GroupBug, RegExp]>([
    ['holes bridged', /lost \d+ of \d+ done chunks|its lines are of|are in the result|is out of order/],
    ['merges by size', /never ended|is out of order/],
  ])(
    '%s',
    async (bug, violation) => {
      planted.bug = bug;
      expect(await firstViolation()).toMatch(violation);
    },
    240_000,
  );
});

async function firstViolation(mutant?: Mutant): Promise<string> {
  for (let seed = KEPT_ORDER_FROM; seed < KEPT_ORDER_FROM + SEEDS_MAX; seed += 1) {
    const { violations } = await simulate(seed, mutant ? { mutant } : {});
    if (violations.length > 0) return violations.join('; ');
  }
  return `nothing in ${SEEDS_MAX} sequences`;
}
