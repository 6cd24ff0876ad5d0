/**
 * The same simulation (`simulation.spec.ts`) in which submissions come again at any time, also after the job is over and its mailbox was emptied (even seeds); and in which the saved state
 * of a job and its view become unreadable together, during the storm and once when all have ended, of some with the events of their ends gone as well (odd seeds).
 *
 * What is checked is the same: a job that is over leaves no more than it did, and one of which nothing can be read comes to rest, with a reason. What breaks that on purpose is in `mutants.spec.ts`.
 */
import { expect, it } from 'vitest';
import { COMES_AGAIN_FROM } from './scenario.ts';
import { simulate } from './simulate.ts';

const SEQUENCES = Math.ceil(Number(process.env['SIMULATION_SEQUENCES'] ?? 240) / 3);

it(
  `no job is computed again, and all come to rest (${SEQUENCES} sequences)`,
  async () => {
    const totals = { submit: 0, 'damaged twice': 0 };
    for (let seed = COMES_AGAIN_FROM; seed < COMES_AGAIN_FROM + SEQUENCES; seed += 1) {
      const { violations, faults } = await simulate(seed);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
      for (const what of ['submit', 'damaged twice'] as const) totals[what] += faults[what] ?? 0;
    }
    // It must have happened, or nothing was tested.
    expect(totals.submit).toBeGreaterThan(SEQUENCES / 2);
    expect(totals['damaged twice']).toBeGreaterThan(SEQUENCES / 8);
  },
  60_000 + SEQUENCES * 2_000,
);

it('comes out the same each time it is run', async () => {
  for (let seed = COMES_AGAIN_FROM; seed < COMES_AGAIN_FROM + 4; seed += 1)
    expect(await simulate(seed)).toEqual(await simulate(seed));
}, 60_000);
