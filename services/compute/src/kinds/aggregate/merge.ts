/** Joins what two stretches of the input left. Changes the left one, in time that grows with the right one. */
import { addUnits, finer, isLess, type Units } from './decimal.ts';
import { type Entry, type Held, isOver, type Partial, within } from './partial.ts';
import type { Plan, ValueColumn } from './plan.ts';

export function mergePartials(left: Partial, right: Partial, plan: Plan): Partial {
  if (isOver(left) || isOver(right)) return { over: true };
  plan.values.forEach((column, index) => {
    refine(left, column, index, right.scales[index]!);
    refine(right, column, index, left.scales[index]!);
  });
  left.seen = left.seen.map((seen, index) => Math.max(seen, right.seen[index]!));
  for (const key in right.groups) {
    const entry = right.groups[key]!;
    const known = left.groups[key];
    if (known === undefined) {
      left.groups[key] = entry;
      left.size += 1;
      left.chars += key.length;
      for (const { at } of plan.distinct)
        for (const text in entry[at] as Record<string, 1>) {
          left.texts += 1;
          left.chars += text.length;
        }
    } else join(known, entry, left, plan);
  }
  return within(left, plan.bounds);
}

function join(known: Entry, entry: Entry, held: Held, plan: Plan): void {
  known[0] += entry[0];
  for (let index = 0; index < plan.values.length; index += 1) {
    const { wantsSum, wantsMin, wantsMax, at } = plan.values[index]!;
    let place = at;
    known[place] = (known[place] as number) + (entry[place] as number);
    if (wantsSum) {
      place += 1;
      known[place] = addUnits(known[place] as Units, entry[place] as Units);
    }
    if (wantsMin) {
      place += 1;
      known[place] = extreme(known[place] as Units | null, entry[place] as Units | null, true);
    }
    if (wantsMax) {
      place += 1;
      known[place] = extreme(known[place] as Units | null, entry[place] as Units | null, false);
    }
  }
  for (const { at } of plan.distinct) {
    const texts = known[at] as Record<string, 1>;
    for (const text in entry[at] as Record<string, 1>) {
      // No name of `Object.prototype` begins with `=`.
      if (texts[text] !== undefined) continue;
      texts[text] = 1;
      held.texts += 1;
      held.chars += text.length;
    }
  }
}

function extreme(one: Units | null, other: Units | null, isLeast: boolean): Units | null {
  if (one === null) return other;
  if (other === null) return one;
  return isLess(one, other) === isLeast ? one : other;
}

/** Writes all values of a column with so many digits behind the point. */
function refine(held: Held, { wantsSum, wantsMin, wantsMax, at }: ValueColumn, index: number, scale: number): void {
  const digits = scale - held.scales[index]!;
  if (digits <= 0) return;
  held.scales[index] = scale;
  const last = at + Number(wantsSum) + Number(wantsMin) + Number(wantsMax);
  for (const key in held.groups) {
    const entry = held.groups[key]!;
    for (let place = at + 1; place <= last; place += 1) {
      const units = entry[place] as Units | null;
      if (units !== null) entry[place] = finer(units, digits);
    }
  }
}
