/**
 * Looks words up in all pages of the docs. This and all pages are loaded when something is looked for first.
 *
 * Rejected: pagefind. Its index is read by WebAssembly, which the policy of the pages does not allow ('wasm-unsafe-eval'). Rejected: an index made by the build. With the texts that it
 * needs it is larger than all pages, which are there already.
 */
import MiniSearch from 'minisearch';
import type { SearchedSection } from './sections.ts';
import { snippetOf, type SnippetPart } from './snippet.ts';

export interface Found {
  address: string;
  page: string;
  /** Empty: the page as a whole. */
  heading: string;
  snippet: readonly SnippetPart[];
}

export type Look = (text: string, most: number) => Found[];

export function searchOver(sections: readonly SearchedSection[]): Look {
  const index = new MiniSearch<SearchedSection & { at: number }>({
    idField: 'at',
    fields: ['page', 'heading', 'text'],
    searchOptions: {
      boost: { heading: 4, page: 3 },
      prefix: (term) => term.length > 1,
      // Of short words too many are one letter apart.
      fuzzy: (term) => (term.length > 5 ? 0.2 : false),
      combineWith: 'AND',
    },
  });
  index.addAll(sections.map((section, at) => ({ ...section, at })));
  return (text, most) =>
    index
      .search(text)
      .slice(0, most)
      .map(({ id, terms }) => {
        const section = sections[id as number]!;
        const { slug, page, heading } = section;
        const address = `/docs/${slug}${section.id === '' ? '' : `#${section.id}`}`;
        return { address, page, heading, snippet: snippetOf(section.text, terms) };
      });
}
