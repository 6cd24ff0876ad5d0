/** The order of two texts in a list, whatever their case. By hand: `localeCompare` takes a phone 60 ms when it is first used. */
export function alphabetical(one: string, other: string): number {
  return compared(one.toLowerCase(), other.toLowerCase()) || compared(one, other);
}

function compared(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
