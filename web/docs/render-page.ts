/** Makes a page of the docs from its Markdown: HTML without the title, the headings, and which pictures it shows. Pure. */
import { Marked, type MarkedExtension, type Token, type Tokens } from 'marked';
import type { DocsPage } from '../src/lib/docs/contents.ts';
import type { Heading, PageContent } from '../src/lib/docs/page-content.ts';
import { codeBlock } from './code-block.ts';
import { headingIds, plainOf } from './headings.ts';
import { escaped, type Highlight } from './highlight.ts';
import { fileOf, targetOf } from './links.ts';

export interface RenderedPage extends PageContent {
  /** Files of pictures, from the folder of the project: the address of the first takes the place of `picture:0` in the HTML, and so on. */
  pictures: readonly string[];
}

export const pictureAddress = (at: number): string => `picture:${at}`;

export function renderPage(page: DocsPage, markdown: string, highlight: Highlight): RenderedPage {
  const marked = new Marked();
  const { title, tokens } = partOf(marked.lexer(markdown), page);
  const ids = headingIds();
  const headings: Heading[] = [];
  const pictures: string[] = [];
  marked.use({ renderer: rendererOf(page, { ids, headings, pictures, highlight }) });
  const html = marked.parser(tokens);
  return { title, html, headings: headings.filter(({ depth }) => depth <= 3), pictures };
}

/** The title, and all that stands under it up to the next heading of its depth. */
function partOf(all: readonly Token[], { part, file }: DocsPage): { title: string; tokens: Token[] } {
  const isTitle = (token: Token): token is Tokens.Heading =>
    token.type === 'heading' && (part === undefined ? token['depth'] === 1 : plainOf(token['tokens'] as Token[]) === part);
  const at = all.findIndex(isTitle);
  const heading = all[at] as Tokens.Heading | undefined;
  if (heading === undefined) throw new Error(`${file} has no heading ${part ?? 'of the first depth'}.`);
  const rest = all.slice(at + 1);
  const end = rest.findIndex((token) => token.type === 'heading' && (token['depth'] as number) <= heading.depth);
  const tokens = end === -1 ? rest : rest.slice(0, end);
  const deeper = heading.depth - 1;
  return {
    title: plainOf(heading.tokens),
    tokens: tokens.map((token) =>
      token.type === 'heading' ? ({ ...token, depth: (token['depth'] as number) - deeper } as Token) : token,
    ),
  };
}

interface Making {
  ids: (text: string) => string;
  headings: Heading[];
  pictures: string[];
  highlight: Highlight;
}

function rendererOf(page: DocsPage, { ids, headings, pictures, highlight }: Making): NonNullable<MarkedExtension['renderer']> {
  return {
    heading({ tokens, depth }) {
      const text = plainOf(tokens);
      const id = ids(text);
      headings.push({ depth, id, text });
      return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>`;
    },
    code: ({ text, lang = '' }) => codeBlock(text, lang.split(/\s/)[0] ?? '', highlight),
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      // What looks like an address of mail in a setting is none.
      if (href.startsWith('mailto:')) return text;
      const target = targetOf(page.file, href);
      // The dashboard has no sources: the path is what helps.
      if (target.to === 'source') return `<span class="source" title="${escaped(target.path)}">${text}</span>`;
      // Where a reader of the file sees its name, a reader of the page sees that of the page.
      if (target.to === 'page' && target.name !== undefined && /^\S+\.md$/.test(plainOf(tokens)))
        return `<a href="${escaped(target.href)}">${escaped(target.name)}</a>`;
      const away = target.to === 'web' ? ' rel="external noreferrer"' : '';
      return `<a href="${escaped(target.href)}"${away}>${text}</a>`;
    },
    image({ href, text }) {
      const file = fileOf(page.file, href)?.file;
      if (file === undefined) throw new Error(`${page.file} shows ${href}: pictures must be files of the project.`);
      pictures.push(file);
      return `<img src="${pictureAddress(pictures.length - 1)}" alt="${escaped(text).replaceAll('"', '&quot;')}" loading="lazy">`;
    },
    table({ header, rows }) {
      const row = (cells: readonly Tokens.TableCell[], tag: 'td' | 'th'): string =>
        `<tr>${cells
          .map(({ tokens, align }) => {
            const attributes = (tag === 'th' ? ' scope="col"' : '') + (align === 'right' ? ' class="right"' : '');
            return `<${tag}${attributes}>${this.parser.parseInline(tokens)}</${tag}>`;
          })
          .join('')}</tr>`;
      const head = header.some(({ text }) => text.trim() !== '') ? `<thead>${row(header, 'th')}</thead>` : '';
      return `<div class="wide" tabindex="0" role="group" aria-label="Table"><table>${head}<tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
    },
  };
}
