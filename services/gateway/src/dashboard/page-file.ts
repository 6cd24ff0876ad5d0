/** Which page of the built dashboard answers an address: each of its routes has one, which states at once what the browser has to load for it. */
import { globSync } from 'node:fs';
import { join } from 'node:path';

/** Routes have fewer parts; an address with more is none of them. */
const partsMax = 8;

/** Names of the pages in a build, without their ending; none when nothing is built yet. */
export function pageFilesIn(webFolder: string): ReadonlySet<string> {
  return new Set(globSync('**/*.html', { cwd: join(webFolder, 'pages') }).map((file) => file.replace(/\.html$/, '')));
}

/** The page of that very name, else one with `_` in place of the last part, else the deepest with `__` for all that follows. Pure. */
export function pageFileOf(path: string, files: ReadonlySet<string>): string | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length > partsMax) return undefined;
  const after = (count: number, end: string): string => [...parts.slice(0, count), end].join('/');
  const names = [
    parts.join('/') || 'index',
    ...(parts.length > 0 ? [after(parts.length - 1, '_')] : []),
    ...Array.from({ length: parts.length + 1 }, (_, left) => after(parts.length - left, '__')),
  ];
  return names.find((name) => files.has(name));
}
