/**
 * A page of the build for each route. It is the one that answers every address, and states which files this route needs: the browser asks for them at once, and not
 * when the program has started and found out.
 *
 * Its name is the route's, with `_` for a part that may be anything and `__` for all that follows: `/jobs/[id]` is `jobs/_`. The gateway chooses by it
 * (services/gateway, `page-file.ts`).
 */
import { headingOf, withFirstSight } from './first-sight.ts';

/** What Vite writes of each module that is a file of its own, by the module's path. */
export type Manifest = Readonly<Record<string, { file: string; imports?: string[]; css?: string[] }>>;

/** What a page loads as soon as it is there, whatever it shows. */
const always: Readonly<Record<string, readonly string[]>> = {
  '/': ['src/routes/landing/Landing.svelte'],
  '/welcome': ['src/routes/landing/Landing.svelte'],
  '/new': ['src/routes/new/parts.ts'],
};

/** Which component has the heading, where it is not the page. */
const headed: Readonly<Record<string, string>> = { '/welcome': 'src/routes/landing/Landing.svelte' };

/** Of a file of the program: after the style sheet and the font, which what the page shows by itself waits for. */
export const program = 'rel="modulepreload" fetchpriority="low"';

/** What every page asks first, but the one of a shared job: its readers may have no account. */
const firstQuestion = '<link href="/v1/auth" rel="preload" as="fetch" crossorigin>';

/**
 * Pages by their names. `html`: the page of every address. `read`: the text of a file.
 *
 * Throws for a route whose page the gateway would not find, and for a part that is not there.
 */
export function routePages(html: string, manifest: Manifest, read: (path: string) => string): Map<string, string> {
  const pages = new Map<string, string>();
  const nodes = Object.keys(manifest).filter((path) => /\/client-optimized\/nodes\/\d+\.js$/.test(path));
  // SvelteKit loads what shows an error with every page.
  const errors = nodes.filter((path) => /src\/routes\/\+error\.svelte"/.test(read(path)));
  const logo = read('src/lib/ui/Logo.svelte').replace(/^<!--.*-->\s*/, '');
  for (const node of nodes) {
    const folder = /src\/routes(\/.*)?\/\+page\.svelte"/.exec(read(node));
    if (folder === null) continue;
    const route = folder[1] ?? '/';
    const first = filesOf(manifest, [node, ...errors]);
    const isShared = route.startsWith('/share/');
    const links = [
      ...(isShared ? [] : [firstQuestion]),
      ...linksOf(first, html),
      ...linksOf(filesOf(manifest, always[route] ?? [], first), html),
    ];
    const page = html.replace('</head>', `${links.join('')}</head>`);
    const component = headed[route] ?? `src/routes${folder[1] ?? ''}/+page.svelte`;
    pages.set(nameOf(route), isShared ? page : withFirstSight(page, headingOf(read(component)), logo));
  }
  const unknown = Object.keys(always).filter((route) => !pages.has(nameOf(route)));
  if (pages.size === 0 || unknown.length > 0) throw new Error(`The build has no page for ${unknown.join(', ') || 'any route'}.`);
  return pages;
}

function nameOf(route: string): string {
  const name =
    route === '/'
      ? 'index'
      : route
          .slice(1)
          .replace(/\[\.\.\.[^\]]+\]$/, '__')
          .replace(/\[[^\]]+\]$/, '_');
  if (/[^a-z0-9/_-]/.test(name))
    throw new Error(`The gateway finds no page for the route ${route}: only the last part of one may be anything.`);
  return name;
}

/** All that these modules need to run, but what `but` has. */
function filesOf(manifest: Manifest, modules: readonly string[], but: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const add = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const built = manifest[path];
    if (built === undefined) throw new Error(`The build has no file for ${path}.`);
    for (const file of [built.file, ...(built.css ?? [])]) files.add(file);
    for (const needed of built.imports ?? []) add(needed);
  };
  for (const path of modules) add(path);
  return new Set([...files].filter((file) => !but.has(file)));
}

function linksOf(files: ReadonlySet<string>, html: string): string[] {
  return [...files]
    .filter((file) => !html.includes(`"/${file}"`))
    .map((file) =>
      file.endsWith('.css') ? `<link href="/${file}" rel="preload" as="style">` : `<link href="/${file}" ${program}>`,
    );
}
