import { readFileSync } from 'node:fs';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import svelte from 'svelte-eslint-parser';
import { expect, it } from 'vitest';
import plugin, { findWords, wordList } from './plain-words.ts';

const page = readFileSync(new URL('../../docs/words.md', import.meta.url), 'utf8');

function wordsIn(file: string, text: string): string[] {
  const linter = new Linter();
  const messages = linter.verify(
    text,
    [
      { files: ['**/*'], plugins: { words: plugin }, rules: { 'words/plain-words': 'error' } },
      { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser as Linter.Parser } },
      { files: ['**/*.svelte'], languageOptions: { parser: svelte } },
      { files: ['**/*.md'], processor: plugin.processors.markdown },
    ],
    { filename: file },
  );
  return messages.map(({ line, column, message }) => `${line}:${column} ${message.split(' is not')[0]}`);
}

it('the list is the table of the page: each word, and what to write instead', () => {
  const list = wordList(page);
  expect(list.size).toBeGreaterThan(40);
  expect(list.get('told')).toMatch(/^publish, send/);
  expect(list.has('word')).toBe(false);
});

it('each example of the page shows one word it is for', () => {
  const [, table = ''] = page.split('## Words we do not use');
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    const [, , , example = ''] = row.split('|');
    expect(findWords(example.replaceAll('`', ''), wordList(page)).length, row).toBe(1);
  }
});

it('finds a word in a comment, a sentence of a string and of a template, with its place', () => {
  expect(wordsIn('a.ts', '// Nobody asks.\nconst a = "it is told to end";\nconst b = `${a} comes anew`;\n')).toEqual([
    '1:4 "Nobody"',
    '2:18 "told"',
    '3:23 "anew"',
  ]);
});

it('finds a phrase that is broken by the star of a comment', () => {
  expect(wordsIn('a.ts', '/**\n * It is given\n * up.\n */\n')).toEqual(['2:10 "given up"']);
});

it('leaves names, keys and code in backticks alone', () => {
  expect(wordsIn('a.ts', "// The field `told` is a number.\nconst told = { is: 'told' };\n")).toEqual([]);
});

it('finds a word in the text, the attributes and the comments of a component', () => {
  const text = '<script lang="ts">\n  // whoever\n</script>\n\n<!-- nobody -->\n<p title="it is told">Everybody</p>\n';
  expect(wordsIn('a.svelte', text)).toEqual(['2:6 "whoever"', '5:6 "nobody"', '6:17 "told"', '6:23 "Everybody"']);
});

it('finds a word on a page in Markdown, but not in code or the address of a link', () => {
  expect(wordsIn('a.md', '# Page\n\nIt is told.\n\nThe code `told`, and [this](told.ts).\n')).toEqual(['3:7 "told"']);
});
