/** Formats a time for people and messages; reads no clock. */
export function isoTime(ms: number): string {
  // eslint-disable-next-line no-restricted-globals
  return new Date(ms).toISOString();
}
