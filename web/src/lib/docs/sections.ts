/** The texts of a page by the headings they stand under, as the search reads them. Made from its HTML, which is there already: texts of their own would be as large again. Pure. */
import type { PageContent } from './page-content.ts';

export interface SearchedSection {
  slug: string;
  /** Of its heading; empty: the start of the page. */
  id: string;
  page: string;
  /** Empty at the start of the page. */
  heading: string;
  text: string;
}

const heading = /<h[2-6] id="([^"]*)">([^]*?)<\/h[2-6]>/;
/** Inside a word they are nothing; all others part words. */
const inline = /<\/?(?:a|b|i|code|span|strong|em|del)\b[^<>]*>/g;
/** The lines of diagrams. */
const drawn = /[\u2190-\u21ff\u2500-\u25ff]+/g;
const characters: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };

export function sectionsOf(slug: string, { title, html }: Pick<PageContent, 'title' | 'html'>): SearchedSection[] {
  const [first = '', ...rest] = html.split(heading);
  const sections = [{ slug, id: '', page: title, heading: '', text: textOf(first) }];
  for (let at = 0; at < rest.length; at += 3)
    sections.push({ slug, id: rest[at]!, page: title, heading: textOf(rest[at + 1]!), text: textOf(rest[at + 2]!) });
  return sections.filter(({ heading: name, text }) => name !== '' || text !== '');
}

function textOf(html: string): string {
  return html
    .replace(/<button.*?<\/button>/g, '')
    .replace(inline, '')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:lt|gt|quot|#39|amp);/g, (name) => characters[name]!)
    .replace(drawn, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
