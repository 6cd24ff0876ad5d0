/** Which kinds are offered, and in which order. Pure. */
import type { KnownKind } from '../api.ts';
import { foundIn } from '../frame/found.ts';

interface KindGroup {
  name: string;
  kinds: KnownKind[];
}

/** Kinds listed at once, at most; the others are found by what is typed. */
export const shownMost = 50;

/** With nothing typed: those used last, then all others. Else those that fit, the best first. */
export function kindChoices(kinds: readonly KnownKind[], recent: readonly string[], text: string): KindGroup[] {
  if (text.trim() !== '') {
    const entries = kinds.map((kind) => ({ kind, name: kind.title, beside: kind.kind, also: kind.description }));
    return groups([{ name: 'Found', kinds: foundIn(entries, text, shownMost).map(({ kind }) => kind) }]);
  }
  const first = recent.flatMap((name) => kinds.find(({ kind }) => kind === name) ?? []);
  const others = kinds.filter((kind) => !first.includes(kind)).slice(0, shownMost);
  return groups([
    { name: 'Used last', kinds: first },
    { name: first.length > 0 ? 'Others' : 'All', kinds: others },
  ]);
}

function groups(all: KindGroup[]): KindGroup[] {
  return all.filter(({ kinds }) => kinds.length > 0);
}
