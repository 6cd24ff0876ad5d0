/** A piece of a text around the first of some words, in parts that are a found word or not. Pure. */

export interface SnippetPart {
  text: string;
  found: boolean;
}

/** Characters before the first found word. */
const before = 40;

/** `terms` are words as they stand in the text, in any case. Joined, the parts are at most `most` characters long, and an ellipsis at each end that was cut. */
export function snippetOf(text: string, terms: readonly string[], most = 150): SnippetPart[] {
  const words = terms.filter((term) => term !== '').map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = words.length === 0 ? undefined : new RegExp(words.toSorted((a, b) => b.length - a.length).join('|'), 'giu');
  const first = pattern === undefined ? 0 : Math.max(0, text.search(pattern));
  const start = first <= before ? 0 : startOfWord(text, first - before);
  const cut = text.slice(start, start + most);
  const parts: SnippetPart[] = start > 0 ? [{ text: '…', found: false }] : [];
  let at = 0;
  for (const match of pattern === undefined ? [] : cut.matchAll(pattern)) {
    if (match.index > at) parts.push({ text: cut.slice(at, match.index), found: false });
    parts.push({ text: match[0], found: true });
    at = match.index + match[0].length;
  }
  if (at < cut.length) parts.push({ text: cut.slice(at), found: false });
  if (start + most < text.length) parts.push({ text: '…', found: false });
  return parts;
}

/** Where the first word that begins at `from` or behind it does. */
function startOfWord(text: string, from: number): number {
  const space = text.indexOf(' ', from);
  return space === -1 || space > from + before ? from : space + 1;
}
