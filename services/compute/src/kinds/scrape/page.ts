/** What a page of HTML holds: its title, its links, and its text as people read it. Pure. */
import { decodeHTML, decodeHTMLAttribute } from 'entities';
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { isOfWeb, linkOf } from './link.ts';

export interface Page {
  title: string | null;
  /** Addresses that it leads to over http or https, each once, without what follows `#`. */
  links: string[];
  text: string;
}

export interface PageBounds {
  linksMax: number;
  textCharsMax: number;
}

const TITLE_CHARS_MAX = 500;
/** What is not one plain space already: of a usual line next to nothing. */
const SPACES = /\s\s+|[^\S ]/g;
const UNSEEN = new Set(['script', 'style', 'noscript', 'template', 'svg', 'iframe', 'title']);
/** What begins a line of its own. */
const BLOCKS = new Set(
  'address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul'.split(
    ' ',
  ),
);

export function readPage(html: string, url: URL, bounds: PageBounds): Page {
  const reader = new PageReader(html, url, bounds);
  // Character references are decoded here, in what is kept: without them the tokenizer leaps from one tag to the next.
  const tokenizer = new Tokenizer({ decodeEntities: false }, reader);
  tokenizer.write(html);
  tokenizer.end();
  return reader.page();
}

/** Takes tokens rather than elements: a parser that holds the open ones takes minutes for 100,000 of them inside each other. */
class PageReader implements TokenizerCallbacks {
  readonly #html: string;
  readonly #url: URL;
  readonly #linksMax: number;
  readonly #text: TextCollector;
  readonly #links = new Set<string>();
  #base: URL;
  #hasBase = false;
  #title: string | undefined;
  #tag = '';
  #attribute = '';
  #href: string | undefined;
  /** The outermost element that is not shown, and how many of its name are open. */
  #unseen: { name: string; depth: number } | undefined;

  constructor(html: string, url: URL, { linksMax, textCharsMax }: PageBounds) {
    this.#html = html;
    this.#url = this.#base = url;
    this.#linksMax = linksMax;
    this.#text = new TextCollector(textCharsMax);
  }

  page(): Page {
    const title = this.#title?.replace(SPACES, ' ').trim() ?? null;
    return { title: title && beginning(title, TITLE_CHARS_MAX), links: [...this.#links], text: this.#text.toString() };
  }

  onopentagname(start: number, end: number): void {
    this.#tag = this.#html.slice(start, end).toLowerCase();
    this.#href = undefined;
  }

  onattribname(start: number, end: number): void {
    const name = this.#html.slice(start, end).toLowerCase();
    // Of an attribute that is there twice the first one counts.
    this.#attribute = name === 'href' && this.#href !== undefined ? '' : name;
    if (this.#attribute === 'href') this.#href = '';
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute === 'href') this.#href = decodeHTMLAttribute(this.#html.slice(start, end));
  }

  onopentagend(): void {
    const name = this.#tag;
    if (this.#unseen?.name === name) this.#unseen.depth += 1;
    else if (this.#unseen === undefined && UNSEEN.has(name)) this.#open(name);
    if (BLOCKS.has(name)) this.#text.breakLine();
    if (this.#href === undefined) return;
    if (name === 'base' && !this.#hasBase) this.#takeBase(this.#href);
    if (name === 'a' || name === 'area') this.#link(this.#href);
  }

  onselfclosingtag(): void {
    this.onopentagend();
    if (this.#unseen?.name === this.#tag) this.#close();
  }

  onclosetag(start: number, end: number): void {
    const name = this.#html.slice(start, end).toLowerCase();
    if (this.#unseen?.name === name) this.#close();
    if (BLOCKS.has(name)) this.#text.breakLine();
  }

  ontext(start: number, end: number): void {
    if (this.#unseen === undefined) this.#text.add(this.#html, start, end);
    else if (this.#unseen.name === 'title' && this.#unseen.depth === 1 && this.#title!.length < TITLE_CHARS_MAX)
      this.#title += decodeHTML(this.#html.slice(start, end));
  }

  onattribentity(): void {}
  ontextentity(): void {}
  oncdata(): void {}
  onattribend(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}

  #open(name: string): void {
    this.#unseen = { name, depth: 1 };
    if (name === 'title' && this.#title === undefined) this.#title = '';
    else if (name === 'title') this.#unseen = { name, depth: 2 };
  }

  #close(): void {
    const unseen = this.#unseen!;
    unseen.depth -= 1;
    if (unseen.depth === 0 || unseen.name === 'title') this.#unseen = undefined;
  }

  /** Of several the first one counts, also when it is none of the web. */
  #takeBase(href: string): void {
    this.#hasBase = true;
    const base = URL.parse(href, this.#url);
    if (isOfWeb(base)) this.#base = base;
  }

  #link(href: string): void {
    const link = this.#links.size < this.#linksMax ? linkOf(href, this.#base) : undefined;
    if (link !== undefined) this.#links.add(link);
  }
}

/** So many characters at most, and no half of one. */
export function beginning(text: string, max: number): string {
  return text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

class TextCollector {
  readonly #max: number;
  readonly #lines: string[] = [];
  #line = '';
  #chars = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(html: string, start: number, end: number): void {
    if (this.#chars + this.#line.length > this.#max) return;
    const piece = html.slice(start, Math.min(end, start + this.#max * 2));
    this.#line += piece.includes('&') ? decodeHTML(piece) : piece;
  }

  breakLine(): void {
    const line = this.#line.replace(SPACES, ' ').trim();
    this.#line = '';
    if (line === '') return;
    this.#lines.push(line);
    this.#chars += line.length + 1;
  }

  toString(): string {
    this.breakLine();
    return beginning(this.#lines.join('\n'), this.#max);
  }
}
