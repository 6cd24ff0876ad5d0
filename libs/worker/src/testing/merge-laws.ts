/**
 * Holds a merge against the laws it must keep: associative (partials come in any grouping) and, unless it is ordered, commutative (in any order).
 *
 * First with three and with two partials, which shows best what is wrong, then with whole random trees, for what only shows in larger ones.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Chance } from './chance.ts';
import { TaskFlaw } from './task-flaw.ts';
import { jsonOf, type TrialSlot } from './trial-slot.ts';

const TREES = 50;

/** `partials`: of single chunks, in their order, as JSON text. `ordered`: only neighbours are merged, so it need not be commutative. Throws `TaskFlaw`. */
export async function checkMerge(
  slot: TrialSlot,
  partials: readonly string[],
  { chance, seed, ordered }: { chance: Chance; seed: number; ordered: boolean },
): Promise<void> {
  const merge = async (...given: string[]): Promise<string> => {
    const outcome = await slot.merge(given);
    if (outcome.is === 'computed') return jsonOf(outcome)!;
    const error = outcome.is === 'failed' ? outcome.error : { code: 'compute_failed', message: 'it was cancelled' };
    const flaw = error.code === 'compute_refused' || error.code === 'too_large' ? 'not JSON' : 'compute';
    throw new TaskFlaw(flaw, seed, `two partials could not be merged: ${error.message}`, { partials: given.join(' and ') });
  };
  for (let at = 0; at + 1 < partials.length; at += 1) {
    const [a, b, c] = [partials[at]!, partials[at + 1]!, partials[at + 2]];
    if (c !== undefined) {
      const left = await merge(await merge(a, b), c);
      const right = await merge(a, await merge(b, c));
      if (!isSame(left, right))
        throw new TaskFlaw(
          'not associative',
          seed,
          `merge is not associative: partials come in any grouping${hintFor(left, right)}`,
          {
            'merge(merge(a, b), c)': left,
            'merge(a, merge(b, c))': right,
            a,
            b,
            c,
          },
        );
    }
    if (ordered) continue;
    const there = await merge(a, b);
    const back = await merge(b, a);
    if (!isSame(there, back))
      throw new TaskFlaw('not commutative', seed, 'merge is not commutative: partials come in any order', {
        'merge(a, b)': there,
        'merge(b, a)': back,
        a,
        b,
      });
  }
  const expected = partials.length > 1 ? await merge(...partials) : partials[0]!;
  for (let tree = 0; tree < TREES && partials.length > 2; tree += 1) {
    const isOrdered = ordered || tree < TREES / 2;
    const answer = await mergedByChance(isOrdered ? partials : chance.shuffled(partials), chance, merge);
    if (!isSame(answer, expected))
      throw new TaskFlaw(
        isOrdered ? 'not associative' : 'not commutative',
        seed,
        `merge gives another answer in another ${isOrdered ? 'grouping' : 'order'}${hintFor(answer, expected)}`,
        { 'one after the other': expected, [isOrdered ? 'in another grouping' : 'in another order']: answer },
      );
  }
}

/** Neighbours are merged, two to four at a time, until one is left. */
async function mergedByChance(
  partials: readonly string[],
  chance: Chance,
  merge: (...given: string[]) => Promise<string>,
): Promise<string> {
  const held = [...partials];
  while (held.length > 1) {
    const count = Math.min(held.length, 2 + chance.below(3));
    const at = chance.below(held.length - count + 1);
    held.splice(at, count, await merge(...held.slice(at, at + count)));
  }
  return held[0]!;
}

function hintFor(one: string, other: string): string {
  return /\d\.\d/.test(one + other) ? '; sums of fractions depend on their order: add whole numbers (cents, not euros)' : '';
}

/** Of JSON, or of lines of it. The order of keys does not count. */
export function isSame(one: string, other: string): boolean {
  return one === other || isDeepStrictEqual(valuesOf(one), valuesOf(other));
}

function valuesOf(text: string): unknown {
  if (!text.endsWith('\n')) return JSON.parse(text);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
