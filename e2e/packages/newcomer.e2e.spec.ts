/**
 * The first ten minutes of a new user: an empty folder, packed packages only, no repository. A project is created, `dev` runs it, a changed function is
 * loaded when it is saved, 5,000 items are mapped of which 12 fail, and a requeue after the function is mended gives a whole file.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { natsServer } from '../fixture/system.ts';
import { environment, npm, run } from './packed.ts';

const home = mkdtempSync(join(tmpdir(), 'a new user '));
const project = join(home, 'my-jobs');
const kind = join(project, 'kinds/words.ts');
const emptyItems = [0, 7, 100, 101, 102, 999, 1_000, 2_048, 3_000, 4_000, 4_998, 4_999];
const itemCount = 5_000;

let env: Record<string, string>;
let dev: ChildProcess | undefined;
let printed = '';
let installedAtMs: number;
let firstResultMs: number | undefined;
const jobs: { mapped?: string } = {};

/** `npx manyhands …`, in a pipe. */
function manyhands(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/manyhands/bin/manyhands.js', ...args], {
    cwd: project,
    env,
    encoding: 'utf8',
    timeout: 90_000,
    maxBuffer: 64 * 1024 ** 2,
  });
  return { code: status, out: stdout, err: stderr };
}

const hasPrinted = (text: string, from = 0) =>
  vi.waitFor(() => expect(printed.slice(from)).toContain(text), { timeout: 60_000, interval: 50 });

/** Saves the kind, and waits for what `dev` prints about it. */
async function save(source: string, until: string): Promise<void> {
  const from = printed.length;
  writeFileSync(kind, source);
  await hasPrinted(until, from);
}

beforeAll(async () => {
  const { folder: tarballs, packed } = inject('packages');
  const tarballOf = (name: string): string => join(tarballs, packed.find((each) => each.name === name)!.filename);
  mkdirSync(join(home, 'empty'));
  run(
    [
      ...npm,
      'exec',
      '--yes',
      '--offline',
      `--package=${tarballOf('create-manyhands')}`,
      '--',
      'create-manyhands',
      project,
      '--template',
      'items',
    ],
    join(home, 'empty'),
  );
  const ours = packed.filter(({ name }) => name !== 'create-manyhands').map(({ name }) => tarballOf(name));
  run([...npm, 'install', '--no-audit', '--no-fund', '--prefer-offline', ...ours], project);
  installedAtMs = performance.now();
  env = {
    ...(environment as Record<string, string>),
    MANYHANDS_NATS_SERVER: natsServer(),
    MANYHANDS_NATS_PORT: String(await reservedPort()),
    XDG_CONFIG_HOME: join(home, 'config'),
  };
}, 900_000);

afterAll(async () => {
  if (dev && dev.exitCode === null) {
    const gone = once(dev, 'exit');
    dev.kill('SIGTERM');
    await gone;
  }
  rmSync(home, { recursive: true, force: true });
}, 60_000);

it('dev runs the system and the kinds of the folder', async () => {
  dev = spawn(
    process.execPath,
    ['node_modules/manyhands/bin/manyhands.js', 'dev', '--port', String(await reservedPort()), '--slots', '2'],
    {
      cwd: project,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let data = '';
  dev.stdout!.on('data', (text: Buffer) => (data += text.toString()));
  dev.stderr!.on('data', (text: Buffer) => (printed += text.toString()));
  await hasPrinted('computing words in 2 slots');
  expect(printed).toContain('Ready: open http://127.0.0.1:');
  expect(data).toBe('');
});

it('the first result is there within 60 s of the end of npm install', () => {
  const { code, out, err } = manyhands('map', 'words', 'texts.ndjson');
  firstResultMs = performance.now() - installedAtMs;
  // One text of the template is empty, so that a new user sees a failure.
  expect({ code, err }).toEqual({ code: 5, err: expect.stringContaining('4 items done, 1 failed') as string });
  expect(out.split('\n')[0]).toBe('{"index":0,"output":{"words":5,"characters":27}}');
  expect(firstResultMs).toBeLessThan(60_000);
});

it('what does not load is shown with one sentence, and the last good worker goes on', async () => {
  const good = readFileSync(kind, 'utf8');
  await save(`${good}\nenum Broken { A }\n`, 'The worker goes on with what was saved before.');
  expect(printed).toMatch(/words\.ts:\d+ cannot be loaded: .*enum/);
  expect(manyhands('map', 'words', 'texts.ndjson', '--allow-failures')).toMatchObject({ code: 0 });
  await save(good, 'computing words');
});

it('a changed function is computed as soon as it is saved', async () => {
  await save(
    readFileSync(kind, 'utf8').replace('characters: text.length', 'characters: text.length, upper: text.toUpperCase()'),
    'computing words',
  );
  const { out } = manyhands('map', 'words', 'texts.ndjson', '--longer-than', '4', '--format', 'bare', '--allow-failures');
  expect(out.split('\n')[0]).toBe('{"words":2,"characters":27,"upper":"MANY HANDS MAKE LIGHT WORK."}');
});

it('5,000 items of which 12 fail give results in their order, and failures with item and error', () => {
  const texts = Array.from({ length: itemCount }, (_, n) => ({ text: emptyItems.includes(n) ? '' : `item number ${n}` }));
  writeFileSync(join(project, 'many.ndjson'), texts.map((text) => `${JSON.stringify(text)}\n`).join(''));
  const { code, out, err } = manyhands('map', 'words', 'many.ndjson');
  expect({ code, err }).toEqual({ code: 5, err: expect.stringMatching(/4,988 items done, 12 failed in/) as string });
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { index: number; output: { upper: string } });
  expect(lines.map(({ index }) => index)).toEqual(texts.map((_, n) => n).filter((n) => !emptyItems.includes(n)));
  expect(lines.every(({ index, output }) => output.upper === `ITEM NUMBER ${index}`)).toBe(true);
  [jobs.mapped] = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(err)!;

  const failures = manyhands('failures', '-', '--json');
  expect(failures.code).toBe(0);
  expect(JSON.parse(failures.out)).toEqual(
    emptyItems.map(
      (index) =>
        expect.objectContaining({
          index,
          item: { text: '' },
          error: expect.objectContaining({ message: expect.stringContaining('there is no text') as string }) as object,
        }) as object,
    ),
  );
});

it('a requeue after the function is mended gives a whole file', async () => {
  await save(readFileSync(kind, 'utf8').replace(/^.*throw new ComputeRefused.*\n/m, ''), 'computing words');
  expect(manyhands('requeue', jobs.mapped!.slice(-6))).toMatchObject({ code: 0, out: '' });
  expect(manyhands('watch', '-')).toMatchObject({ code: 0, out: '' });
  const { code, out } = manyhands('results', '-', '--json');
  expect(code).toBe(0);
  const whole = JSON.parse(out) as { output: { upper: string } }[];
  expect(whole).toHaveLength(itemCount);
  expect(whole.map(({ output }) => output.upper)).toEqual(
    Array.from({ length: itemCount }, (_, n) => (emptyItems.includes(n) ? '' : `ITEM NUMBER ${n}`)),
  );
  expect(manyhands('failures', '-', '--json').out.trim()).toBe('[]');
});

it.each([
  [['ls']],
  [['get', '-']],
  [['kinds']],
  [['kinds', 'show', 'words']],
  [['workers']],
  [['queues']],
  [['dead']],
  [['schedules']],
  [['logs', '-']],
  [['doctor']],
  [['config']],
])('%j prints one JSON document with --json', (args) => {
  const { code, out } = manyhands(...args, '--json');
  expect({ code, is: typeof JSON.parse(out) }).toEqual({ code: 0, is: 'object' });
});

it('a job goes on when its follower is stopped, and is cancelled by the command', async () => {
  const sleepy = join(project, 'kinds/sleepy.ts');
  const from = printed.length;
  writeFileSync(
    sleepy,
    `import { setTimeout } from 'node:timers/promises';
import { defineTask } from 'manyhands';
export const sleepy = defineTask({ name: 'sleepy', chunks: 2, compute: (_, { signal }) => setTimeout(600_000, 1, { signal }), merge: (a) => a });
`,
  );
  await hasPrinted('computing sleepy, words', from);
  const follower = spawn(process.execPath, ['node_modules/manyhands/bin/manyhands.js', 'run', 'sleepy'], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  follower.stderr.on('data', (text: Buffer) => (err += text.toString()));
  await vi.waitFor(() => expect(err).toContain('sleepy: job '), { timeout: 30_000 });
  await vi.waitFor(() => expect(JSON.parse(manyhands('get', '-', '--json').out)).toMatchObject({ status: 'running' }), {
    timeout: 30_000,
  });
  const ended = once(follower, 'exit');
  follower.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(err).toContain('cancel it: manyhands cancel');
  expect(manyhands('watch', '-', '--timeout', '1s').code).toBe(124);
  expect(manyhands('pause', '-').code).toBe(0);
  expect(manyhands('resume', '-').code).toBe(0);
  expect(manyhands('cancel', '-').code).toBe(0);
  expect(manyhands('watch', '-').code).toBe(1);
});

it('Ctrl-C ends all of it', async () => {
  const ended = once(dev!, 'exit');
  dev!.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(manyhands('ls').code).toBe(3);
}, 60_000);
