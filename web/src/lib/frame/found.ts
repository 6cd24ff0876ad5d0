/** Which of some entries fit what was typed, the best first. Pure. */

export interface Findable {
  name: string;
  /** What else it is found by. */
  beside?: string;
  /** And by this, which is not shown. */
  also?: string;
}

/** Each word of the text must be in an entry. Better is who has it in its name, and at the start of a word. */
export function foundIn<T extends Findable>(entries: readonly T[], text: string, most: number): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries
    .map((entry, at) => ({ entry, at, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, most)
    .map(({ entry }) => entry);
}

/** 0: it does not fit. */
function scoreOf({ name, beside = '', also = '' }: Findable, words: readonly string[]): number {
  const [first, second] = [name.toLowerCase(), `${beside} ${also}`.toLowerCase()];
  const scores = words.map((word) => Math.max(2 * wordScore(first, word), wordScore(second, word)));
  return scores.includes(0) ? 0 : 1 + scores.reduce((sum, score) => sum + score, 0);
}

function wordScore(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  return at === 0 || !/[\p{L}\d]/u.test(text[at - 1] ?? '') ? 2 : 1;
}
