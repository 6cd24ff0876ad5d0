/** The ids of headings, as GitHub makes them, so that one link leads to the same place there and here. Pure. */
import type { MarkedToken, Token } from 'marked';

/** What is left of inline tokens when only their text is. */
export function plainOf(tokens: readonly Token[] = []): string {
  return (tokens as readonly MarkedToken[])
    .map((token): string => {
      switch (token.type) {
        case 'br':
          return ' ';
        case 'html':
          return /^<br/i.test(token.text) ? ' ' : '';
        case 'image':
          return token.text;
        default:
          return 'tokens' in token && token.tokens ? plainOf(token.tokens) : 'text' in token ? token.text : '';
      }
    })
    .join('');
}

/** Gives each heading of one page its id; the second of two equal ones ends with `-1`. */
export function headingIds(): (text: string) => string {
  const taken = new Map<string, number>();
  return (text) => {
    const id = text
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = taken.get(id) ?? 0;
    taken.set(id, times + 1);
    return times === 0 ? id : `${id}-${times}`;
  };
}
