import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findKindModules } from './module-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'manyhands-files-'));
  mkdirSync(join(folder, 'kinds/deep'), { recursive: true });
  mkdirSync(join(folder, 'kinds/node_modules/other'), { recursive: true });
  for (const file of [
    'b.ts',
    'a.js',
    'deep/c.mts',
    'a.test.ts',
    'b.spec.js',
    'b.d.ts',
    'notes.md',
    'node_modules/other/index.js',
  ])
    writeFileSync(join(folder, 'kinds', file), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (file: string) => pathToFileURL(join(folder, 'kinds', file)).href;

it('a pattern finds modules in the order of their names, without tests, declarations and packages', () => {
  expect(findKindModules(['kinds/**/*.*'], folder)).toEqual(
    ['a.js', 'b.ts', 'deep/c.mts'].map((file) => ({ address: at(file), isFound: true })),
  );
});

it('a path names a module, which then must export a task, also when a pattern finds it too', () => {
  expect(findKindModules(['kinds/*.ts', 'kinds/b.ts', join(folder, 'kinds/a.js')], folder)).toEqual([
    { address: at('b.ts') },
    { address: at('a.js') },
  ]);
});

it.each([
  ['kinds/*.py', /^no module matches kinds\/\*\.py in .*: write a pattern of \.ts/],
  ['kinds/nope.ts', /^there is no file kinds\/nope\.ts in .*: write the path of a module/],
])('%s, which names none, is refused', (pattern, sentence) => {
  expect(() => findKindModules(['kinds/a.js', pattern], folder)).toThrow(sentence);
});
