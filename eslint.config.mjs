/** Lint: correctness rules only; formatting is prettier's. Import arrows are `.dependency-cruiser.cjs`'s. */
import globals from 'globals';
import regexp from 'eslint-plugin-regexp';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import words from './e2e/structure/plain-words.ts';

const vague = /^(.*[-.])?(utils?|helpers?|common|misc|manager|base|types|constants)\.(ts|svelte)$/;

/** A file's name says what is in it: refuses the names that could hold anything. */
const telling = {
  rules: {
    'file-name': {
      meta: {
        type: 'problem',
        schema: [],
        messages: { vague: 'Name this file after the one concept it holds; "{{name}}" could hold anything.' },
      },
      create: (context) => ({
        Program(node) {
          const name = context.filename.split('/').at(-1) ?? '';
          if (vague.test(name)) context.report({ node, messageId: 'vague', data: { name } });
        },
      }),
    },
  },
};

const pathOfAddress = {
  selector: "MemberExpression[property.name='pathname'] > NewExpression[callee.name='URL'] MetaProperty",
  message: 'Of a folder with a space it is not the path. Use import.meta.dirname, or fileURLToPath.',
};

const plainRooms = ['**/*.md', '{services,libs,proto,sdk,deploy}/**/*.{ts,mjs}'];
const notYetPlain = [
  '**/*.{spec,fixture}.ts',
  '**/{trial,fixtures}/**',
  'docs/{decisions,operations}/**',
  'docs/{guarantees,performance}.md',
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/types/**',
      '**/build/**',
      '**/.svelte-kit/**',
      '**/node_modules/**',
      '.reports/**',
      '.nx/**',
      '.manyhands/**',
      '**/assembly/*.ts',
    ],
  },
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node } },
    plugins: { telling },
    rules: {
      'telling/file-name': 'error',
      'max-lines': ['error', { max: 300 }],
      'no-console': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      eqeqeq: ['error', 'smart'],
      'no-restricted-syntax': ['error', pathOfAddress],
    },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      'max-lines': 'off',
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Wait on an event, a subscription or a test signal, not on time.' },
      ],
      'no-restricted-syntax': [
        'error',
        pathOfAddress,
        {
          selector: 'CallExpression[callee.object.name=/^(it|test|describe)$/][callee.property.name=/^(skip|only|todo)$/]',
          message: 'Every test runs.',
        },
      ],
    },
  },
  {
    files: ['services/coordinator/src/job/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': ['error', 'Date', 'performance', 'setTimeout', 'setInterval', 'process', 'fetch'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Decisions take randomness as an argument.' },
      ],
    },
  },
  {
    files: ['web/**/*.{ts,svelte}'],
    languageOptions: { globals: { ...globals.browser } },
  },
  // What only types show: a promise that no code waits for, and a case of a union that a switch forgets.
  {
    files: ['{proto,sdk}/src/**/*.ts', '{libs,services,deploy}/*/src/**/*.ts', '{e2e,bench}/**/*.ts'],
    // What users read: they have no lint of ours, and `node:test` waits for its tests itself.
    ignores: ['e2e/packages/consumer/**'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  // No pattern takes more than time in proportion to what it reads: much of that comes from other people's clients and sites.
  {
    files: ['{proto,sdk}/src/**/*.ts', '{libs,services,deploy}/*/src/**/*.ts', 'web/src/**/*.{ts,svelte}'],
    ignores: ['**/*.spec.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  // The words of docs/words.md, room by room.
  { files: plainRooms, ignores: notYetPlain, plugins: { words }, rules: { 'words/plain-words': 'error' } },
  { files: ['**/*.md'], processor: words.processors.markdown, rules: { 'max-lines': 'off' } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'] } },
    rules: { 'svelte/no-navigation-without-resolve': 'off' },
  },
);
