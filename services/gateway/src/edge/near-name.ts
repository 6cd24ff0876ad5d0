/** Finds the name that the client meant. Pure. */

const nearnessMax = 32;

/** The known name that is nearest to a wrong one: the same in other letters (`timeZone`, `run-at`), or at most two slips away. */
export function nearName(given: string, known: readonly string[]): string | undefined {
  if (given.length > nearnessMax) return undefined;
  const plain = plainly(given);
  let nearest: string | undefined;
  let least = Math.min(3, Math.ceil(plain.length / 2));
  for (const name of known) {
    const distance = name.length > nearnessMax ? least : slips(plain, plainly(name));
    if (distance < least) [least, nearest] = [distance, name];
  }
  return nearest;
}

/** "did you mean x? Else …", or what is left to do. */
export function didYouMean(given: string, known: readonly string[], otherwise: string): string {
  const near = nearName(given, known);
  return near === undefined ? otherwise : `did you mean "${near}"? Else ${otherwise}`;
}

function plainly(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Levenshtein's distance. */
function slips(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = before[column - 1]! + (one[row - 1] === other[column - 1] ? 0 : 1);
      now.push(Math.min(replaced, before[column]! + 1, now[column - 1]! + 1));
    }
    before = now;
  }
  return before[other.length]!;
}
