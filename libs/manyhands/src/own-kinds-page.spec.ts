import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkTask, runTask } from '@manyhands/worker/testing';
import type { Task } from '@manyhands/worker/task';
import { afterEach, beforeEach, expect, it } from 'vitest';

const page = readFileSync(new URL('../../../docs/own-kinds.md', import.meta.url), 'utf8');
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'manyhands-page-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The kind that the page shows as `kinds/<name>.ts`. */
async function kindOf(name: string): Promise<Task> {
  const [, source = ''] = new RegExp(`\`\`\`ts\n(// kinds/${name}\\.ts[^]*?)\`\`\``).exec(page) ?? [];
  const module = join(folder, `${name}.ts`);
  writeFileSync(
    module,
    source
      .replace("'manyhands'", JSON.stringify(import.meta.resolve('@manyhands/worker/task')))
      .replace("'zod'", JSON.stringify(import.meta.resolve('zod'))),
  );
  return ((await import(pathToFileURL(module).href)) as Record<string, Task>)[name]!;
}

it('the kind on the page about own kinds works as the page shows', async () => {
  const [, wanted] = /result: \{ letters: (\d+) \}/.exec(page) ?? [];
  const letters = await kindOf('letters');
  const outcome = await runTask(letters, { params: { words: ['light', 'work'] }, failAt: [1] });
  expect(outcome).toMatchObject({ result: { letters: Number(wanted) }, failures: [] });
  await checkTask(letters);
});

it('so does the kind over items', async () => {
  const [, cents] = /toEqual\(\[\{ index: 0, output: \{ id: 'a', cents: (\d+) \} \}\]\)/.exec(page) ?? [];
  const prices = await kindOf('prices');
  const { lines, failures } = await runTask(prices, {
    items: [
      { id: 'a', cents: 100 },
      { id: 'b', cents: 1, currency: 'XAU' },
    ],
  });
  expect(lines).toEqual([{ index: 0, output: { id: 'a', cents: Number(cents) } }]);
  expect(failures).toMatchObject([{ index: 1, error: { code: 'compute_refused' } }]);
  await checkTask(prices, { items: [{ id: 'a', cents: 100 }] });
});
