/** Spans of chunks, as people read them. Pure. */

/** Chunks `[begin, end)`. */
export type Span = readonly [begin: number, end: number];

/** The same chunks, each once, as few spans as there can be, in order. */
export function spansOf(spans: readonly Span[]): [begin: number, end: number][] {
  const joined: [number, number][] = [];
  for (const [begin, end] of spans.toSorted(([one], [other]) => one - other)) {
    const last = joined.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([begin, end]);
  }
  return joined;
}

export function chunksIn(spans: readonly Span[]): number {
  return spans.reduce((sum, [begin, end]) => sum + end - begin, 0);
}
