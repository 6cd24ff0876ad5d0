/**
 * Makes the pages of the docs from the Markdown of the project while the dashboard is built: `virtual:docs` loads them, each from a file of its own. src/app.d.ts has its
 * type.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { docsPages, pageOf, type DocsPage } from '../src/lib/docs/contents.ts';
import { loadHighlight, type Highlight } from './highlight.ts';
import { pictureAddress, renderPage, type RenderedPage } from './render-page.ts';

const index = 'virtual:docs';
const page = `${index}/page/`;

/** `root`: the folder of the project. */
export function docsPlugin(root: string): Plugin {
  let highlight: Promise<Highlight> | undefined;
  // The pages are made for the browser and once more for the server that SvelteKit builds.
  const made = new Map<string, { markdown: string; rendered: RenderedPage }>();

  async function render(which: DocsPage, watch: (file: string) => void): Promise<RenderedPage> {
    const file = join(root, which.file);
    watch(file);
    const markdown = readFileSync(file, 'utf8');
    const known = made.get(which.slug);
    if (known?.markdown === markdown) return known.rendered;
    const rendered = renderPage(which, markdown, await (highlight ??= loadHighlight()));
    made.set(which.slug, { markdown, rendered });
    return rendered;
  }

  return {
    name: 'docs',
    resolveId: (id) => (id === index || id.startsWith(`${index}/`) ? `\0${id}` : undefined),
    async load(resolved) {
      if (!resolved.startsWith(`\0${index}`)) return;
      const id = resolved.slice(1);
      const watch = (file: string): void => this.addWatchFile(file);
      if (id === index)
        return `export const contents = {${docsPages.map(({ slug }) => `${JSON.stringify(slug)}: () => import(${JSON.stringify(page + slug)})`).join(',')}};`;
      const which = pageOf(id.slice(page.length));
      if (which === undefined) throw new Error(`There is no page ${id} of the docs.`);
      return moduleOf(await render(which, watch), root);
    },
  };
}

/** A page as a module: its pictures are imported, so that they become files of the dashboard. */
function moduleOf({ title, html, headings, pictures }: RenderedPage, root: string): string {
  const imports = pictures.map((file, at) => `import picture${at} from ${JSON.stringify(`${join(root, file)}?url&no-inline`)};`);
  const text = pictures.reduce(
    (code, _, at) => code.replaceAll(`\\"${pictureAddress(at)}\\"`, `\\"" + picture${at} + "\\"`),
    JSON.stringify(html),
  );
  return `${imports.join('')}export default {title: ${JSON.stringify(title)}, html: ${text}, headings: ${JSON.stringify(headings)}};`;
}
