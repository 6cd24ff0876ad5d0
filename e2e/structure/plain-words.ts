/**
 * The ESLint rule `plain-words`: comments, sentences in strings, the dashboard's texts and the pages in Markdown use none of the words that
 * docs/words.md lists as not used. That page is the only list: its table is read here.
 *
 * Not checked: code, names, text in `backticks`, and strings without a space (they are keys, not sentences).
 */
import { readFileSync } from 'node:fs';
import type { Linter, Rule } from 'eslint';

const page = new URL('../../docs/words.md', import.meta.url);

interface Finding {
  readonly index: number;
  readonly word: string;
  readonly instead: string;
}

/** From each word not used, in lower case, to what to write instead: the rows `| \`word\`, \`word\` | instead | example |` of the page. */
export function wordList(markdown: string): ReadonlyMap<string, string> {
  const [, table = ''] = markdown.split(/^## Words we do not use$/m);
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.flatMap((row) => {
      const [, words = '', instead = ''] = row.split('|');
      return [...words.matchAll(/`([^`]+)`/g)].map(([, word = '']): [string, string] => [word.toLowerCase(), instead.trim()]);
    }),
  );
}

/** Every word of the list in a text, in order. */
export function findWords(text: string, list: ReadonlyMap<string, string>): Finding[] {
  const pattern = new RegExp(`\\b(?:${[...list.keys()].join('|').replaceAll(' ', '\\s+(?:\\*\\s+)?')})\\b`, 'gi');
  const blank = (code: string) => ' '.repeat(code.length);
  const prose = text.replace(/`[^`\n]*`|\]\([^)\s]*\)|https?:\/\/\S+/g, blank);
  return [...prose.matchAll(pattern)].map((match) => {
    const word = match[0].replace(/\s+(?:\*\s+)?/g, ' ');
    return { index: match.index, word, instead: list.get(word.toLowerCase()) ?? '' };
  });
}

const rule: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { word: '"{{word}}" is not one of our words (docs/words.md). Instead: {{instead}}.' },
  },
  create(context) {
    const { sourceCode } = context;
    const list = wordList(readFileSync(page, 'utf8'));
    const check = (range: readonly [number, number] | undefined) => {
      if (range === undefined) return;
      for (const { index, word, instead } of findWords(sourceCode.text.slice(...range), list)) {
        const start = sourceCode.getLocFromIndex(range[0] + index);
        const end = sourceCode.getLocFromIndex(range[0] + index + word.length);
        context.report({ loc: { start, end }, messageId: 'word', data: { word, instead } });
      }
    };
    const checkSentence = (node: { range?: [number, number] }, text: string) => {
      if (/\S\s+\S/.test(text)) check(node.range);
    };
    return {
      Program: () => sourceCode.getAllComments().forEach((comment) => check(comment.range)),
      Literal: (node) => checkSentence(node, String(node.value)),
      TemplateLiteral: (node) => node.quasis.forEach((part) => checkSentence(part, sourceCode.getText(node))),
      SvelteText: (node: { range?: [number, number] }) => check(node.range),
      SvelteLiteral: (node: { range?: [number, number] }) => check(node.range),
      SvelteHTMLComment: (node: { range?: [number, number] }) => check(node.range),
    } as Rule.RuleListener;
  },
};

/** Makes a page in Markdown one comment, so that the same rule reads it; line numbers stay, the first line begins two columns later. */
const markdown: Linter.Processor = {
  preprocess: (text) => [`/*${text.replaceAll('*/', '* ')}*/`],
  postprocess: (messages) => messages.flat(),
  supportsAutofix: false,
};

export default { rules: { 'plain-words': rule }, processors: { markdown } };
