/**
 * Chunks as intervals: a job of a million chunks is a handful of numbers.
 *
 * A `Span` is half-open, `[begin, end)`, and never empty. `Spans` are sorted, disjoint and joined wherever they touch, so equal
 * sets of chunks are equal lists.
 */
export type Span = readonly [begin: number, end: number];
export type Spans = readonly Span[];

export function lengthOf([begin, end]: Span): number {
  return end - begin;
}

export function countOf(spans: Spans): number {
  let count = 0;
  for (const [begin, end] of spans) count += end - begin;
  return count;
}

export function touchesAny(spans: Spans, span: Span): boolean {
  const candidate = spans[firstEndingAfter(spans, span[0])];
  return candidate !== undefined && candidate[0] < span[1];
}

/** The chunks both share, or undefined. */
export function overlapOf(one: Span, other: Span): Span | undefined {
  const begin = Math.max(one[0], other[0]);
  const end = Math.min(one[1], other[1]);
  return begin < end ? [begin, end] : undefined;
}

/** `spans` and every chunk of `span`. */
export function withSpan(spans: Spans, span: Span): Spans {
  let [begin, end] = span;
  const from = firstEndingAfter(spans, begin - 1);
  let to = from;
  for (let next = spans[to]; next !== undefined && next[0] <= end; next = spans[to]) {
    begin = Math.min(begin, next[0]);
    end = Math.max(end, next[1]);
    to += 1;
  }
  return [...spans.slice(0, from), [begin, end], ...spans.slice(to)];
}

/** What is left of `span` without the chunks of `spans`: the gaps in it. */
export function spanWithout(span: Span, spans: Spans): Spans {
  const left: Span[] = [];
  let begin = span[0];
  for (let index = firstEndingAfter(spans, begin); index < spans.length; index += 1) {
    const [takenBegin, takenEnd] = spans[index]!;
    if (takenBegin >= span[1]) break;
    if (takenBegin > begin) left.push([begin, takenBegin]);
    begin = Math.max(begin, takenEnd);
  }
  if (begin < span[1]) left.push([begin, span[1]]);
  return left;
}

/** Both halves of a span of two chunks or more. */
export function halvesOf([begin, end]: Span): readonly [Span, Span] {
  const middle = begin + Math.ceil((end - begin) / 2);
  return [
    [begin, middle],
    [middle, end],
  ];
}

/** Index of the first span that ends after `chunk`. */
function firstEndingAfter(spans: Spans, chunk: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]![1] > chunk) high = middle;
    else low = middle + 1;
  }
  return low;
}
