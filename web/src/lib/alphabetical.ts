/** The order of two texts in a list, whatever their case. By hand: the first `localeCompare` took 15 ms in a profile of the list of jobs. */
export function alphabetical(one: string, other: string): number {
  return compared(one.toLowerCase(), other.toLowerCase()) || compared(one, other);
}

function compared(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
