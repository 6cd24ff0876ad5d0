/** Where the links of a page lead: to another page of the docs, to the web, or to a file of the project, which the dashboard does not have. Pure. */
import { posix } from 'node:path';
import { addressOf, docsPages } from '../src/lib/docs/contents.ts';
import { headingIds } from './headings.ts';

/** `name`: of another page of the docs. */
export type Target = { to: 'page'; href: string; name?: string } | { to: 'web'; href: string } | { to: 'source'; path: string };

/** The file that a link of `from` names, from the folder of the project, and the heading in it. Undefined for links that leave the project. */
export function fileOf(from: string, href: string): { file: string; id: string } | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(href)) return undefined;
  const [path = '', id = ''] = href.split('#', 2);
  return { file: path === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURI(path))), id };
}

/** `from`: the file the link stands in, from the folder of the project. */
export function targetOf(from: string, href: string): Target {
  if (href.startsWith('#')) return { to: 'page', href };
  const named = fileOf(from, href);
  if (named === undefined) return { to: 'web', href };
  const { file, id } = named;
  const whole = docsPages.find((page) => page.file === file && page.part === undefined);
  if (whole) return { to: 'page', href: addressOf(whole) + (id === '' ? '' : `#${id}`), name: whole.name };
  const part = docsPages.find((page) => page.file === file && page.part !== undefined && headingIds()(page.part) === id);
  return part ? { to: 'page', href: addressOf(part), name: part.name } : { to: 'source', path: file };
}
