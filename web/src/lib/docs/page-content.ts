/** What the build makes of a page in Markdown. */

export interface Heading {
  /** 2 or 3. */
  depth: number;
  id: string;
  text: string;
}

export interface PageContent {
  title: string;
  /** Trusted: it is made from our own files when the dashboard is built. The title is not in it. */
  html: string;
  headings: readonly Heading[];
}
