/** The pages of the docs against the files of the project: none is forgotten, and no link is dead, on GitHub or here. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { docsPages, neighboursOf } from '../src/lib/docs/contents.ts';
import { headingIds, plainOf } from './headings.ts';
import { escaped } from './highlight.ts';
import { fileOf } from './links.ts';
import { renderPage } from './render-page.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Files of docs/ that are no pages of the dashboard, and why. */
const leftOut: Readonly<Record<string, string>> = {
  'docs/architecture.md': 'a map of the source code, for who has it',
  'docs/decisions/*.md': 'why the source code is as it is, for who changes it',
  'docs/features.md': 'which test of the source code shows what',
  'docs/upstream.md': 'patches for another project',
  'docs/words.md': 'how we write, for who writes',
  'docs/operations/chaos-runs.md': 'results of test runs, for who changes the source code',
};

const all = globSync('docs/**/*.md', { cwd: root }).sort();

it('every file of docs/ is a page, or is left out for a reason', () => {
  const without = new Set(Object.keys(leftOut).flatMap((pattern) => globSync(pattern, { cwd: root })));
  const shown = new Set(docsPages.map(({ file }) => file));
  expect(all.filter((file) => !shown.has(file) && !without.has(file))).toEqual([]);
  expect(all.filter((file) => shown.has(file) && without.has(file))).toEqual([]);
  expect([...shown].filter((file) => !existsSync(join(root, file)))).toEqual([]);
  for (const pattern of Object.keys(leftOut)) expect(globSync(pattern, { cwd: root }), pattern).not.toEqual([]);
});

it('each page has an address and a name of its own, and a line that states what it is about', () => {
  for (const part of ['slug', 'name'] as const) expect(new Set(docsPages.map((page) => page[part])).size).toBe(docsPages.length);
  for (const { name, about } of docsPages) expect([name, about.length > 10 && about.length <= 70]).toEqual([name, true]);
});

it('from the first page to the last one, each leads to the next and back', () => {
  const way = [docsPages[0]!];
  for (let next = way[0]; (next = neighboursOf(next!.slug).after);) way.push(next);
  expect(way).toEqual(docsPages);
  for (const [at, { slug }] of docsPages.entries()) expect(neighboursOf(slug).before).toBe(docsPages[at - 1]);
  expect(neighboursOf('no-such-page')).toEqual({ before: undefined, after: undefined });
});

const marked = new Marked();

/** Every link and picture of a file. */
function linksIn(tokens: readonly Token[]): string[] {
  const links: string[] = [];
  marked.walkTokens(tokens as Token[], (token) => {
    if (token.type === 'link' || token.type === 'image') links.push((token as Tokens.Link).href);
  });
  return links;
}

const idsOf = (file: string): Set<string> => {
  const ids = headingIds();
  const headings = marked.lexer(read(file)).filter((token) => token.type === 'heading') as Tokens.Heading[];
  return new Set(headings.map(({ tokens }) => ids(plainOf(tokens))));
};

describe('no link is dead:', () => {
  it.each([...all, 'README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md', 'deploy/local/README.md'])(
    '%s',
    (file) => {
      const dead = linksIn(marked.lexer(read(file))).filter((href) => {
        const named = fileOf(file, href);
        if (named === undefined) return false;
        if (!existsSync(join(root, named.file))) return true;
        return (
          named.id !== '' &&
          statSync(join(root, named.file)).isFile() &&
          named.file.endsWith('.md') &&
          !idsOf(named.file).has(named.id)
        );
      });
      expect(dead).toEqual([]);
    },
  );
});

describe('no link between pages of the dashboard is dead:', () => {
  const made = new Map(docsPages.map((page) => [`/docs/${page.slug}`, renderPage(page, read(page.file), escaped)]));

  it.each([...made.keys()])('%s', (address) => {
    const { html, pictures } = made.get(address)!;
    for (const [, href = ''] of html.matchAll(/<a href="([^"]*)"/g)) {
      if (/^https?:/.test(href)) continue;
      const [path = '', id = ''] = href.split('#');
      const target = made.get(path === '' ? address : path);
      expect(target, href).toBeDefined();
      if (id !== '') expect(target!.html, href).toContain(` id="${id}"`);
    }
    for (const file of pictures) expect(existsSync(join(root, file)), file).toBe(true);
  });
});
