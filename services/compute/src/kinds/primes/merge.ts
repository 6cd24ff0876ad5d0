/** Counts of disjoint spans add up. */
export function addCounts(left: number, right: number): number {
  return left + right;
}
