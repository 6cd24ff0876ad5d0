import { expect, test } from 'vitest';
import { routePages, type Manifest } from './route-pages.ts';

const html = '<head><link href="/_app/core.js" rel="modulepreload"></head><body>program</body>';
const node = (count: number) => `.svelte-kit/generated/build/client-optimized/nodes/${count}.js`;

const manifest: Manifest = {
  [node(0)]: { file: '_app/0.js', imports: ['_core.js'] },
  [node(1)]: { file: '_app/1.js', imports: ['_core.js'] },
  [node(2)]: { file: '_app/2.js' },
  [node(3)]: { file: '_app/3.js', imports: ['_core.js', '_lists.js'], css: ['_app/3.css'] },
  [node(4)]: { file: '_app/4.js', imports: ['_lists.js'] },
  [node(5)]: { file: '_app/5.js' },
  [node(6)]: { file: '_app/6.js' },
  [node(7)]: { file: '_app/7.js' },
  '_core.js': { file: '_app/core.js' },
  '_lists.js': { file: '_app/lists.js', imports: ['_core.js'] },
  'src/routes/landing/Landing.svelte': { file: '_app/landing.js', imports: ['_core.js'] },
  'src/routes/new/parts.ts': { file: '_app/parts.js', imports: ['_lists.js'] },
};
const sources = [
  '+layout',
  '+error',
  '+page',
  'jobs/+page',
  'jobs/[id]/+page',
  'share/[...all]/+page',
  'new/+page',
  'welcome/+page',
];
const read = (path: string): string => {
  if (path.endsWith('Logo.svelte')) return '<!-- Five fingers. -->\n<svg></svg>';
  if (path.endsWith('.svelte')) return `<h1>${path}</h1>`;
  const at = Number(/(\d+)\.js$/.exec(path)?.[1]);
  return `export { default as component } from "../../../../../src/routes/${sources[at]}.svelte";`;
};
const linked = (page: string | undefined) =>
  [...(page ?? '').matchAll(/<link href="([^"]+)" rel="(\w+)"/g)].map(([, href, rel]) => `${rel} ${href}`);

test('a route has a page of its name that states all it needs, once', () => {
  const pages = routePages(html, manifest, read);
  expect([...pages.keys()].toSorted()).toEqual(['index', 'jobs', 'jobs/_', 'new', 'share/__', 'welcome']);
  expect(linked(pages.get('jobs'))).toEqual([
    'modulepreload /_app/core.js',
    'preload /v1/auth',
    'modulepreload /_app/3.js',
    'preload /_app/3.css',
    'modulepreload /_app/lists.js',
    'modulepreload /_app/1.js',
  ]);
  for (const page of pages.values()) expect(page).toMatch(/^<head>.*<\/head><body>[^]*program<\/body>$/);
});

test('what a page loads later in any case comes after what it starts with, and all of the program after what is seen without it', () => {
  const page = routePages(html, manifest, read).get('new');
  expect(page?.match(/href="[^"]+" rel="modulepreload" fetchpriority="low"/g)?.map((link) => link.split('"')[1])).toEqual([
    '/_app/6.js',
    '/_app/1.js',
    '/_app/parts.js',
    '/_app/lists.js',
  ]);
});

test('a page shows its heading by itself, but the one of a shared job, which has no frame', () => {
  const pages = routePages(html, manifest, read);
  const shown = [...pages].map(([name, page]) => [name, /<svg><\/svg>[^]*<h1 class="">(.*)<\/h1>/.exec(page)?.[1]]);
  expect(Object.fromEntries(shown)).toEqual({
    index: 'src/routes/+page.svelte',
    jobs: 'src/routes/jobs/+page.svelte',
    'jobs/_': 'src/routes/jobs/[id]/+page.svelte',
    new: 'src/routes/new/+page.svelte',
    welcome: 'src/routes/landing/Landing.svelte',
    'share/__': undefined,
  });
});

test('the page of a shared job asks not who looks', () => {
  const pages = routePages(html, manifest, read);
  expect([...pages].filter(([, page]) => !page.includes('/v1/auth')).map(([name]) => name)).toEqual(['share/__']);
});

test('a route that the gateway would not find, and a part that is gone, fail the build', () => {
  const without = (gone: string): Manifest => Object.fromEntries(Object.entries(manifest).filter(([path]) => path !== gone));
  expect(() => routePages(html, manifest, (path) => read(path).replace('jobs/[id]', 'jobs/[id]/tabs'))).toThrow('jobs/[id]/tabs');
  expect(() => routePages(html, without('src/routes/new/parts.ts'), read)).toThrow('parts.ts');
  expect(() => routePages(html, without(node(6)), read)).toThrow('/new');
  expect(() => routePages(html, {}, read)).toThrow('no page');
});
