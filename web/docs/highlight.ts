/**
 * Colours code when the dashboard is built. A stretch of one colour is `<i class="k">`: the style sheet has the colours, for light and for dark, and a page is half as large as with
 * the colours in it.
 */
import { createHighlighter, type BundledLanguage, type ThemeRegistration } from 'shiki';

export type Highlight = (code: string, language: string) => string;

/** From the class to what it is for. The colours are only names: none of them is ever shown. */
const scopes = {
  c: ['comment', 'punctuation.definition.comment'],
  s: ['string', 'punctuation.definition.string', 'constant.character.escape', 'markup.inline'],
  n: ['constant.numeric', 'constant.language'],
  k: [
    'keyword',
    'keyword.operator.new',
    'keyword.operator.expression',
    'storage',
    'support.type.property-name',
    'entity.name.tag.yaml',
    'variable.language.this',
  ],
  f: ['entity.name.function', 'support.function', 'entity.name.command', 'entity.name.type'],
} as const;

const classes = Object.keys(scopes) as (keyof typeof scopes)[];
const colourOf = (at: number): string => `#00000${at + 1}`;

const theme: ThemeRegistration = {
  name: 'classes',
  type: 'light',
  fg: '#000000',
  bg: '#ffffff',
  settings: [
    { settings: { foreground: '#000000', background: '#ffffff' } },
    {
      scope: ['string.unquoted', 'meta.embedded', 'meta.template.expression', 'keyword.operator'],
      settings: { foreground: '#000000' },
    },
    ...classes.map((each, at) => ({ scope: [...scopes[each]], settings: { foreground: colourOf(at) } })),
  ],
};

/** By what fences name them. */
const languages: Readonly<Record<string, BundledLanguage>> = {
  ts: 'typescript',
  js: 'javascript',
  sh: 'shellscript',
  json: 'json',
  yaml: 'yaml',
  sql: 'sql',
};

export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A language that is not known stays without colours. */
export async function loadHighlight(): Promise<Highlight> {
  const highlighter = await createHighlighter({ themes: [theme], langs: Object.values(languages) });
  const classOf = new Map(classes.map((name, at) => [colourOf(at), name]));
  return (code, language) => {
    const lang = languages[language];
    if (lang === undefined) return escaped(code);
    // On a busy machine the first line takes longer than the usual limit, and would stay without colours.
    const lines = highlighter.codeToTokensBase(code, { lang, theme, tokenizeTimeLimit: 0 });
    return lines
      .map((line) => {
        let html = '';
        let open: string | undefined;
        for (const { content, color = '' } of line) {
          // Space has no colour, so it ends no stretch.
          const name = content.trim() === '' ? open : classOf.get(color.toLowerCase());
          if (name !== open) html += (open ? '</i>' : '') + (name ? `<i class="${name}">` : '');
          open = name;
          html += escaped(content);
        }
        return open ? `${html}</i>` : html;
      })
      .join('\n');
  };
}
