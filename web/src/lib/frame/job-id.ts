/** The id of a job in a text that somebody pasted: the id alone, an address, a line of a log. Pure. */
const pattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

export function jobIdIn(text: string): string | null {
  return pattern.exec(text.toLowerCase())?.[0] ?? null;
}
