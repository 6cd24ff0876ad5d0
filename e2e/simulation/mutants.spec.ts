/**
 * Breaks the system in one place at a time and asserts that the simulation finds it within a few hundred sequences.
 *
 * Several layers guard the count, so some faults cannot spoil a result while the others hold; they are found by what they break directly:
 * - Snapshots without revision: the mailbox is the journal, and any saved state is a true one of its moment, so an older one only makes a
 *   replay longer. What the revision buys is that an owner that was replaced stops before it acts. Found as a saved state that goes back.
 * - Results without expected sequence: the second copy covers chunks that are done (or a merge whose inputs are gone), and the fold ignores it.
 *   Found as two results of one lease.
 * - Journal before WORK: the runtime reads the journal up to the message at hand, all of which was stored before that message was handed
 *   over, so the order of the two reads changes nothing. Where that bound is taken away the order decides: see `journal-order.ts`.
 */
import { describe, expect, it } from 'vitest';
import type { Mutant } from './mutant.ts';
import { simulate } from './simulate.ts';

const SEEDS_MAX = 1_000;
/** Sequences that must go well where nothing is broken. */
const CONTROL_SEQUENCES = 100;

/** A journal that is read beyond the message at hand replays the turn in which a chunk died, and what a turn does is not done in a replay. */
const LETTERS_LOST = /chunks are dead, \d+ are set aside/;

async function firstViolation(mutant: Mutant): Promise<string> {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const { violations } = await simulate(seed, { mutant, ...(mutant === 'whole journal before work' && { forgiven: LETTERS_LOST }) });
    if (violations.length > 0) return violations.join('; ');
  }
  return `nothing in ${SEEDS_MAX} sequences`;
}

describe('the simulation finds', () => {
  it.each<[Mutant, RegExp]>([
    ['snapshots without revision', /saved state .* went back/],
    ['views without revision', /final view .* was overwritten|went back/],
    ['results without expected sequence', /two results of one lease/],
    ['events without expected sequence', /told twice/],
    ['fold counts what is done', /counts twice|never ended/],
    ['what is left counts', /are in the result/],
    ['ack before effects', /never ended|nobody was told|left in WORK/],
    ['whole journal before work', /never ended/],
  ])(
    '%s',
    async (mutant, violation) => {
      expect(await firstViolation(mutant)).toMatch(violation);
    },
    240_000,
  );
});

describe('other layers make up for', () => {
  it.each<[Mutant, RegExp | undefined]>([
    ['message ids ignored', undefined],
    ['journal before work', undefined],
    ['whole journal', LETTERS_LOST],
    ['snapshots without revision', /^the saved state under .* went back/],
    ['results without expected sequence', /^two results of one lease/],
  ])(
    '%s, and every chunk is counted once all the same',
    async (mutant, forgiven) => {
      for (let seed = 1; seed <= CONTROL_SEQUENCES; seed += 1) {
        const { violations } = await simulate(seed, { mutant, ...(forgiven && { forgiven }) });
        expect({ seed, violations }).toEqual({ seed, violations: [] });
      }
    },
    240_000,
  );
});
