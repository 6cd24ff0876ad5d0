import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const program = fileURLToPath(new URL('./process.ts', import.meta.url));
const define = new URL('../../../worker/src/task.ts', import.meta.url).href;
let folder: string;

/** Runs a command beside one kind that computes so. Interrupted once it has printed `begun`. */
async function run(args: string[], compute: string) {
  mkdirSync(join(folder, 'kinds'));
  writeFileSync(
    join(folder, 'kinds/own.js'),
    `import { defineTask } from '${define}';
export const own = defineTask({ name: 'own', chunks: 1, compute: ${compute}, merge: (left) => left });`,
  );
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (text.includes('begun')) child.kill('SIGINT');
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, printed };
}

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'manyhands-process-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([['test'], ['check']])('Ctrl-C ends "%s" while its task code computes for ever', async (command) => {
  const compute = `() => { process.stderr.write('begun'); for (;;); }`;
  expect(await run([command, 'own'], compute)).toMatchObject({ code: null, signal: 'SIGINT' });
});

it('a promise that is never settled ends it with a sentence', async () => {
  expect(await run(['test', 'own'], '() => new Promise(() => {})')).toMatchObject({
    code: 1,
    printed: 'A promise of task code is never settled: nothing is under way any more that could settle it.\n',
  });
});
