/// <reference types="@sveltejs/kit" />

// Made by web/docs/docs-plugin.ts from the files that lib/docs/contents.ts names.
declare module 'virtual:docs' {
  import type { PageContent } from '#lib/docs/page-content.ts';
  /** By slug: loads a page, which is in a file of its own. */
  export const contents: Readonly<Record<string, () => Promise<{ default: PageContent }>>>;
}
