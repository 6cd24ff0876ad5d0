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
 * - Ownership is not asked for: what a purge removes has a bound that was read before, so an owner that was replaced takes nothing from its successor.
 */
import { describe, expect, it } from 'vitest';
import type { Mutant } from './mutant.ts';
import { COMES_AGAIN_FROM } from './scenario.ts';
import { simulate } from './simulate.ts';

const SEEDS_MAX = 1_000;
/** Sequences that must go well where nothing is broken. */
const CONTROL_SEQUENCES = Number(process.env['SIMULATION_CONTROLS'] ?? 25);

/** A journal that is read beyond the message at hand replays the turn in which a chunk died, and what a turn does is not done in a replay. */
const LETTERS_LOST = /chunks are dead, \d+ are set aside/;
/** Some of what is planted shows late, or only where the system looks after itself. */
const FOUND_LATE = /never ended|stands still|the watch found/;

async function firstViolation(mutant: Mutant, from: number): Promise<string> {
  for (let seed = from; seed < from + SEEDS_MAX; seed += 1) {
    const { violations } = await simulate(seed, {
      mutant,
      ...(mutant === 'whole journal before work' && { forgiven: LETTERS_LOST }),
    });
    if (violations.length > 0) return violations.join('; ');
  }
  return `nothing in ${SEEDS_MAX} sequences`;
}

describe('the simulation finds', () => {
  /** The last: shortly before a seed that showed it, because most do not. */
  it.each<[Mutant, RegExp, number?]>([
    ['snapshots without revision', /saved state .* went back/, 666],
    ['views without revision', /final view .* was overwritten|went back/, 28],
    ['results without expected sequence', /two results of one lease/],
    ['events without expected sequence', /told twice/],
    ['fold counts what is done', /counts twice|never ended/, 55],
    ['what is left counts', /are in the result/],
    ['ack before effects', /never ended|nobody was told|left in WORK|the watch found/, 80],
    ['whole journal before work', /never ended|the watch found/, 25],
    ['batches fail as a whole', FOUND_LATE, 28],
    ['every failure passes', FOUND_LATE, 28],
    ['set aside in silence', /never ended|was set aside/, 28],
    ['states of any size', /was set aside, and nothing of it fails/, 30],
    ['finished jobs outlive their partition', FOUND_LATE],
    ['partials are rebuilt', /did not come through|failed though nothing is wrong/, 20],
    ['leases purged without bound', /removed \d+ leases of a later one/, 5160],
    ['mailboxes purged without bound', /no saved state holds it|never ended/],
    ['failed merges of earlier rounds stay out', FOUND_LATE, 76],
    ['unreadable is away', FOUND_LATE, 12],
    ['no watch', /never ended/, 50],
    ['nothing is a result', /did not come through|are in the result|went back/, 45],
    ['clocks only rise', /never ended/, 36],
    ['repeats count', /are set aside/, 15_340],
    ['no end without a view', /never ended/, COMES_AGAIN_FROM],
  ])(
    '%s',
    async (mutant, violation, from = 1) => {
      expect(await firstViolation(mutant, from)).toMatch(violation);
    },
    240_000,
  );
});

describe('other layers make up for', () => {
  it.each<[Mutant, RegExp | undefined]>([
    ['message ids ignored', undefined],
    ['ownership is not asked for', undefined],
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
