import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isSource, watchModules } from './module-watch.ts';

let folder: string;
let stop: () => void;
let saved: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manyhands-watch-'));
  mkdirSync(join(folder, 'kinds/deep'), { recursive: true });
  mkdirSync(join(folder, 'node_modules/a'), { recursive: true });
  saved = [];
  stop = watchModules(folder, (files) => saved.push(...files));
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});
const save = (file: string) => writeFileSync(join(folder, file), `// ${performance.now()}`);
const seen = (file: string) => vi.waitFor(() => expect(saved).toContain(file), { timeout: 10_000 });

it('a file that an editor replaces is seen each time', async () => {
  for (let time = 0; time < 3; time += 1) {
    saved.length = 0;
    save('kinds/pi.ts.swp');
    renameSync(join(folder, 'kinds/pi.ts.swp'), join(folder, 'kinds/pi.ts'));
    await seen('kinds/pi.ts');
  }
});

it('folders within folders are watched, and new ones; installed packages are not', async () => {
  save('node_modules/a/index.js');
  save('kinds/deep/pi.ts');
  await seen('kinds/deep/pi.ts');
  mkdirSync(join(folder, 'more'));
  save('more/new.ts');
  await seen('more/new.ts');
  saved.length = 0;
  save('more/new.ts');
  await seen('more/new.ts');
  expect(saved.filter((file) => file.startsWith('node_modules'))).toEqual([]);
});

it.each([
  ['kinds/pi.ts', true],
  ['pi.mjs', true],
  ['table.json', true],
  ['kinds/pi.test.ts', false],
  ['node_modules/a/index.js', false],
  ['.git/index.js', false],
  ['dist/pi.js', false],
  ['notes.md', false],
])('%s is a source: %s', (file, is) => {
  expect(isSource(file)).toBe(is);
});
