/** Loads the page of the docs at an address; `/docs` itself has none, and lists them all. */
import { contents } from 'virtual:docs';
import { error } from '@sveltejs/kit';
import type { PageContent } from '#lib/docs/page-content.ts';

export interface ShownPage {
  /** Empty at `/docs`. */
  slug: string;
  content: PageContent | null;
}

export async function load({ params }: { params: { page?: string } }): Promise<ShownPage> {
  const slug = params.page ?? '';
  if (slug === '') return { slug, content: null };
  const open = Object.hasOwn(contents, slug) ? contents[slug] : undefined;
  if (open === undefined) error(404, 'The docs have no such page.');
  return { slug, content: (await open()).default };
}
