/** Neighbouring chunks: a span is half-open, `[begin, end)`, and never empty. */
export type Span = readonly [begin: number, end: number];

export function lengthOf([begin, end]: Span): number {
  return end - begin;
}

/** The chunks both share, or undefined. */
export function overlapOf(one: Span, other: Span): Span | undefined {
  const begin = Math.max(one[0], other[0]);
  const end = Math.min(one[1], other[1]);
  return begin < end ? [begin, end] : undefined;
}
