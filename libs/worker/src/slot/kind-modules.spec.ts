import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadKinds } from './kind-modules.ts';

const task = new URL('../task.ts', import.meta.url).href;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'manyhands-modules-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function moduleOf(name: string, ...lines: string[]) {
  writeFileSync(join(folder, name), [`import { defineTask } from ${JSON.stringify(task)};`, ...lines].join('\n'));
  return { address: pathToFileURL(join(folder, name)).href };
}
const report = (rest = '') => `defineTask({ name: 'report', compute: (index) => index, merge: (left) => left, ${rest} })`;

it('every export that defineTask made counts, once, by its name with the version', async () => {
  const one = moduleOf('one.mjs', `export const a = ${report()};`, 'export const same = a;', 'export const other = 7;');
  const two = moduleOf('two.mjs', `export default ${report('version: 2, attempts: 5, softLimitSec: 3, memoryMb: 64')};`);
  const kinds = await loadKinds([one, two]);
  expect([...kinds.keys()]).toEqual(['report', 'report-v2']);
  expect(kinds.get('report-v2')!.card).toMatchObject({
    name: 'report-v2',
    version: 2,
    defaults: { attempts: 5, softLimitSec: 3 },
    memoryMb: 64,
    module: two.address,
  });
});

it('two tasks of one name and version are refused, in one module as in two', async () => {
  const twice = moduleOf('twice.mjs', `export const a = ${report()};`, `export const b = ${report()};`);
  await expect(loadKinds([twice])).rejects.toThrow(
    /^two tasks are named "report", in file:.*twice\.mjs: rename one, or raise the version/,
  );
});

it('a module that a pattern found may export none, but not all of them', async () => {
  const none = { ...moduleOf('none.mjs', 'export const help = 1;'), isFound: true };
  expect([...(await loadKinds([none, moduleOf('some.mjs', `export const a = ${report()};`)])).keys()]).toEqual(['report']);
  await expect(loadKinds([none])).rejects.toThrow(/no task is exported by file:.*none\.mjs: export what defineTask/);
});
