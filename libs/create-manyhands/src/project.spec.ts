import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { main } from './main.ts';
import { createProject, packageName, TEMPLATES, type TemplateName } from './project.ts';

const home = mkdtempSync(join(tmpdir(), 'create-manyhands-'));
afterAll(() => rmSync(home, { recursive: true }));

async function run(args: string[]) {
  const printed = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => new PassThrough().on('data', (data: Buffer) => void (printed[name] += data.toString()));
  const code = await main(args, { stdin: new PassThrough(), stdout: stream('out'), stderr: stream('err') });
  await new Promise(setImmediate);
  return { code, ...printed };
}

it.each(Object.keys(TEMPLATES) as TemplateName[])('%s: a project with the name of its folder', (template) => {
  const project = createProject({ folder: join(home, `My ${template}`), template });
  expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
    name: `my-${template}`,
    type: 'module',
  });
  expect(readFileSync(join(project, '.gitignore'), 'utf8')).toContain('.manyhands/');
  expect(existsSync(join(project, 'gitignore'))).toBe(false);
});

it('asks for the same versions as it has itself', () => {
  const ours = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(new URL('../templates/shared/package.json', import.meta.url), 'utf8'),
  ) as Record<string, Record<string, string>>;
  expect([dependencies!['manyhands'], devDependencies!['@manyhands/server']]).toEqual([`^${ours.version}`, `^${ours.version}`]);
});

it('states what to type next', async () => {
  const { code, out, err } = await run([join(home, 'next'), '--template', 'numbers']);
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toMatch(/npm install\n {2}npm run dev\n[^]*npx manyhands run pi/);
});

it('what it states can be pasted, whatever the folder is called', async () => {
  const folder = join(home, "My Jobs' größte");
  const { err } = await run([folder, '-t', 'items']);
  const [, line] = /^ {2}(cd .*)$/m.exec(err)!;
  expect(execFileSync('sh', ['-c', `${line} && pwd`], { encoding: 'utf8' })).toBe(`${realpathSync(folder)}\n`);
});

it.each(['\u0003', '\u0004'])('Ctrl-C and Ctrl-D at a question end it, and nothing is made: %j', async (key) => {
  let shown = '';
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(
    new PassThrough().on('data', (data: Buffer) => void (shown += data.toString())),
    { isTTY: true },
  );
  stdin.write(key);
  expect(await main([], { stdin, stdout: new PassThrough(), stderr })).toBe(130);
  await new Promise(setImmediate);
  expect(shown).toMatch(/Folder of the new project \(my-jobs\): [^]*\n$/);
});

it('refuses a folder with files in it, and writes nothing', async () => {
  const folder = join(home, 'full');
  mkdirSync(folder);
  writeFileSync(join(folder, 'thesis.txt'), 'text');
  const { code, err } = await run([folder, '-t', 'items']);
  expect({ code, err }).toEqual({ code: 2, err: `${folder} is not empty (thesis.txt). Name a new folder, or an empty one.\n` });
  expect(existsSync(join(folder, 'package.json'))).toBe(false);
});

it('a file in the way is a sentence', async () => {
  const file = join(home, 'notes.txt');
  writeFileSync(file, 'text');
  for (const folder of [file, join(file, 'below')]) {
    const { code, err } = await run([folder, '-t', 'items']);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/cannot be made: ENOTDIR.*Name another folder\.\n$/) as string,
    });
  }
  expect(readFileSync(file, 'utf8')).toBe('text');
});

it('an empty repository is no obstacle', () => {
  const folder = join(home, 'cloned');
  mkdirSync(join(folder, '.git'), { recursive: true });
  expect(createProject({ folder, template: 'items' })).toBe(folder);
});

it.each([
  [[], 'Name the folder'],
  [['a'], 'Name a template'],
  [['a', '-t', 'odd'], 'There is no template "odd".'],
  [['a', 'b'], 'Name one folder'],
  [['--what'], "Unknown option '--what'"],
])('without a terminal it does not ask: %j', async (args, sentence) => {
  const { code, out, err } = await run(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(sentence);
});

it.each([
  ['My Jobs', 'my-jobs'],
  ['.hidden', 'hidden'],
  ['Größe', 'gr-e'],
  ['manyhands', 'my-jobs'],
  ['---', 'my-jobs'],
])('%j as a package is %j', (folder, name) => {
  expect(packageName(folder)).toBe(name);
});
