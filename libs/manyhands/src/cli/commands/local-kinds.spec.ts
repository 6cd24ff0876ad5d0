import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../world.fixture.ts';
// Loaded here, so that no test waits for it.
import './check.ts';
import './test.ts';

const worker = new URL('../../../../worker/src/task.ts', import.meta.url).href;
let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'manyhands-local-'));
  mkdirSync(join(cwd, 'kinds'));
  writeFileSync(
    join(cwd, 'kinds', 'all.mjs'),
    `import { defineTask, items, lines } from ${JSON.stringify(worker)};
export const words = defineTask({ name: 'words', example: {}, input: items(), compute({ text }, { log, params }) {
  if (text === undefined) throw new Error('there is no text');
  log('counted');
  return text.length * (params.times ?? 1);
}, attempts: 2 });
export const total = defineTask({ name: 'total', example: { n: 3 }, chunks: 4, split: ({ n }, index) => n * index, compute: (n) => n, merge: (a, b) => a + b });
export const first = defineTask({ name: 'first', example: {}, chunks: 4, split: (_, index) => index, compute: (n) => [n], merge: (a, b) => [a[0] - b[0]] });
export const rows = defineTask({ name: 'rows', example: {}, input: lines(), compute: (all) => all.length, merge: (a, b) => a + b });`,
  );
  writeFileSync(join(cwd, 'texts.ndjson'), '{"text":"many"}\n{}\n{"text":"hands"}\n');
  writeFileSync(join(cwd, 'two.txt'), 'one\ntwo\n');
  writeFileSync(join(cwd, 'spaced.txt'), '\ufeffone\n\ntwo\r\n\r\n');
  writeFileSync(join(cwd, 'marked.ndjson'), '\ufeff{"text":"many"}\r\n\r\n{"text":"hands"}');
  writeFileSync(join(cwd, 'bad.ndjson'), '{"text":"many"}\n\n{bad\n');
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

it('test prints the lines of a file of items; what failed, and what was logged, goes to standard error', async () => {
  const { code, out, err } = await run(['test', 'words', 'texts.ndjson', '--times', '2'], { cwd });
  expect({ code, out }).toEqual({ code: 5, out: '{"index":0,"output":8}\n{"index":2,"output":10}\n' });
  expect(err).toContain('counted');
  expect(err).toContain('1 failed 2 times: there is no text\n');
});

it('test prints the result of a kind that merges, with its example or with parameters', async () => {
  expect(await run(['test', 'total'], { cwd })).toEqual({ code: 0, out: '18\n', err: '' });
  expect(await run(['test', 'total', '--n', '1', '--chunks', '3'], { cwd })).toMatchObject({
    code: 0,
    out: '3\n',
  });
  expect((await run(['test', 'rows', 'two.txt'], { cwd })).out).toBe('2\n');
  expect((await run(['test', 'rows', 'spaced.txt'], { cwd })).out).toBe('2\n');
  expect(await run(['test', 'words', 'marked.ndjson'], { cwd })).toMatchObject({
    code: 0,
    out: '{"index":0,"output":4}\n{"index":1,"output":5}\n',
  });
  const { out } = await run(['test', 'words', 'texts.ndjson', '--json'], { cwd });
  expect(JSON.parse(out)).toMatchObject({
    lines: [{ index: 0, output: 4 }, { index: 2 }],
    failures: [{ index: 1, attempts: 2 }],
  });
});

it.each([
  [['test', 'nope'], 'There is no kind "nope" in kinds/**/*.{ts,mts,js,mjs}. There are: words, total, first, rows.'],
  [['test', 'words'], 'words takes items: name a file of them.'],
  [['test', 'total', 'two.txt'], 'total computes no items: its chunks are cut by number. Leave two.txt out.'],
  [['test', 'words', 'bad.ndjson'], 'line 3 of bad.ndjson is not JSON: '],
  [['test', 'words', 'away.ndjson'], 'away.ndjson cannot be read: ENOENT'],
  [['test', 'words', '--modules', 'nowhere/*.ts'], 'no module matches nowhere/*.ts in '],
  [['check', 'total', '--seed', 'x'], '--seed must be a whole number (it is "x").'],
])('%j is wrong, and how', async (args, sentence) => {
  const { code, out, err } = await run(args, { cwd });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(sentence);
});

it('check finds what only many machines would show, with the seed that finds it again', async () => {
  const { code, out, err } = await run(['check'], { cwd });
  expect(code).toBe(1);
  expect(out).toMatch(/^total: no flaw found\nfirst: not (associative|commutative): .*\(seed \d+\)/);
  expect(err).toBe(
    'words takes items: manyhands check words --items <file>\nrows takes lines: manyhands check rows --items <file>\n',
  );
  const [, seed] = /seed (\d+)/.exec(out)!;
  const again = await run(['check', 'first', '--seed', seed!, '--json'], { cwd });
  expect(again.code).toBe(1);
  expect(JSON.parse(again.out)).toMatchObject([{ kind: 'first', ok: false, flaw: /not (\w+)/.exec(out)![0] }]);
  expect(await run(['check', 'rows', '--items', 'two.txt'], { cwd })).toMatchObject({ code: 0, out: 'rows: no flaw found\n' });
});
