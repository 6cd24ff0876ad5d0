/**
 * Where a link of a page leads to. Pure, but for what it keeps: the links of a site are on each of its pages, and reading an address takes as long as a request.
 *
 * Invariant: what is kept depends on the origin alone: a reference that begins with `/` replaces the whole path, whatever the page.
 */

const KEPT_MAX = 2_000;
const KEPT_CHARS_MAX = 500;
const kept = new Map<string, string | undefined>();

/** Over http or https, without what follows `#`; undefined: nowhere of the web. */
export function linkOf(href: string, base: URL): string | undefined {
  if (href[0] !== '/' || href.length > KEPT_CHARS_MAX || base.username !== '' || base.password !== '') return read(href, base);
  const key = `${base.origin} ${href}`;
  const known = kept.get(key);
  if (known !== undefined || kept.has(key)) return known;
  if (kept.size === KEPT_MAX) kept.clear();
  const link = read(href, base);
  kept.set(key, link);
  return link;
}

export function isOfWeb(url: URL | null): url is URL {
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}

function read(href: string, base: URL): string | undefined {
  const link = URL.parse(href, base);
  if (!isOfWeb(link)) return undefined;
  const { href: whole } = link;
  const fragmentAt = whole.indexOf('#');
  return fragmentAt === -1 ? whole : whole.slice(0, fragmentAt);
}
