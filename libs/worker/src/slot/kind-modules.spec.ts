import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadKinds } from './kind-modules.ts';
import type { KindCard } from './slot-messages.ts';

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

it('a card states what the chunks are cut from, what becomes of them, and nothing of that where it is the usual', async () => {
  const cards = await cardsOf(
    `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};`,
    `const Row = z.object({ cents: z.coerce.number(), note: z.string().default('') });`,
    `export const a = ${report()};`,
    `export const b = defineTask({ name: 'lines', input: items(Row, { batch: 9 }), compute: () => [] });`,
    `export const c = defineTask({ name: 'csv', input: csv(Row), compute: () => 1, merge: () => 1, ordered: true, empty: null, finish: () => 1 });`,
    `export const d = defineTask({ name: 'plain', input: csv({ type: 'object' }), compute: () => 1 });`,
  );
  const shapeOf = ({ input, output, empty, finish }: KindCard) => ({ input, output, empty, finish });
  const none = { input: undefined, output: undefined, empty: undefined, finish: undefined };
  const [a, b, c, d] = cards.map(shapeOf);
  expect(a).toEqual(none);
  expect(b).toEqual({ ...none, input: { form: 'items', batch: 9, schema: expect.anything() as object }, output: 'lines' });
  // Fields with defaults may be left out, and data may have more fields than a task names.
  expect(b!.input!.schema).toMatchObject({ type: 'object', required: ['cents'] });
  expect(b!.input!.schema).not.toHaveProperty('additionalProperties');
  expect(c).toEqual({ input: { form: 'csv' }, output: 'ordered', empty: null, finish: true });
  expect(d).toEqual({ ...none, input: { form: 'csv', schema: { type: 'object' } }, output: 'lines' });
});

it('an empty answer that is not JSON, and records that JSON Schema cannot state, are refused', async () => {
  await expect(cardsOf(`export const a = ${report('empty: new Map()')};`)).rejects.toThrow(
    /task report: empty must be a JSON value/,
  );
  await expect(
    cardsOf(
      `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};`,
      `export const a = defineTask({ name: 'dated', input: items(z.object({ when: z.date() })), compute: () => 1 });`,
    ),
  ).rejects.toThrow(/task dated: field "when" of its records cannot be written in JSON Schema/);
});

let modules = 0;
async function cardsOf(...lines: string[]): Promise<KindCard[]> {
  modules += 1;
  const kinds = await loadKinds([
    moduleOf(`cards${modules}.mjs`, `import { csv, items } from ${JSON.stringify(task)};`, ...lines),
  ]);
  return [...kinds.values()].map(({ card }) => card);
}
