import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkTask, runTask } from '@manyhands/worker/testing';
import type { Task } from '@manyhands/worker/task';
import { expect, it } from 'vitest';

it('the kind on the page about own kinds works as the page shows', async () => {
  const page = readFileSync(new URL('../../../docs/own-kinds.md', import.meta.url), 'utf8');
  const [, source = ''] = /```ts\n([^]*?)```/.exec(page) ?? [];
  const [, wanted] = /result: \{ letters: (\d+) \}/.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-page-'));
  try {
    const module = join(folder, 'letters.ts');
    writeFileSync(
      module,
      source
        .replace("'manyhands'", JSON.stringify(import.meta.resolve('@manyhands/worker/task')))
        .replace("'zod'", JSON.stringify(import.meta.resolve('zod'))),
    );
    const { letters } = (await import(pathToFileURL(module).href)) as { letters: Task };
    const outcome = await runTask(letters, { params: { words: ['light', 'work'] }, failAt: [1] });
    expect(outcome).toMatchObject({ result: { letters: Number(wanted) }, failures: [] });
    await checkTask(letters);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
