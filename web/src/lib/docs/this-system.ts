/** Commands of the docs name the address of a system on the reader's machine; the pages show the one that they come from. Pure. */

const marked = /<b data-here="(origin|host)">[^<]*<\/b>/g;

/** `origin` is that of the page, like `https://jobs.example`. A bare host is enough for curl only where it is plain HTTP. */
export function withThisSystem(html: string, origin: string): string {
  const host = origin.startsWith('http://') ? origin.slice('http://'.length) : origin;
  return html.replace(marked, (_, what: 'origin' | 'host') => (what === 'origin' ? origin : host));
}
