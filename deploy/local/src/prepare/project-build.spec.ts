import { expect, test } from 'vitest';
import { buildProject, buildWorkspaces } from './project-build.ts';

/** A stand-in for the tool that builds. */
const tool = (script: string): string[] => [process.execPath, '-e', script, '--'];
const projectFolder = import.meta.dirname;

test('a build that succeeds prints nothing, however much its tool does', async () => {
  const said: string[] = [];
  await buildProject({
    projectFolder,
    say: (line) => said.push(line),
    tool: tool('for (let i = 0; i < 300; i++) console.log(i)'),
  });
  expect(said).toEqual([]);
});

test('one that takes a while says so once', async () => {
  const said: string[] = [];
  await buildProject({ projectFolder, say: (line) => said.push(line), tool: tool(''), quietMs: 1 });
  expect(said).toEqual([expect.stringMatching(/^Building what has changed/)]);
});

test('one that fails shows all that was printed, and how it ended', async () => {
  const script = `console.log('first line'); console.error('x.ts:3 Expression expected'); process.exitCode = 7`;
  await expect(buildProject({ projectFolder, say: () => undefined, tool: tool(script) })).rejects.toThrow(
    /^first line\n(?:.*\n)*The build failed \(it ended with 7\)/,
  );
  await expect(buildProject({ projectFolder, say: () => undefined, tool: tool(script) })).rejects.toThrow('Expression expected');
});

test('what is to be built is named to the tool', async () => {
  const script = `console.log(process.argv.slice(1).join(' ')); process.exitCode = 1`;
  const asked = { projectFolder, say: () => undefined, tool: tool(script) };
  await expect(buildProject({ ...asked, except: ['c', 'd'] })).rejects.toThrow(
    'run-many --targets=build --outputStyle=static --exclude=c,d',
  );
  await expect(buildWorkspaces(['a', 'b'], asked)).rejects.toThrow('run build --silent --workspace=a --workspace=b');
  await expect(buildProject(asked)).rejects.toThrow(/run-many --targets=build --outputStyle=static\n/);
});

test('an aborted build ends with all it started, and throws the reason', async () => {
  const abort = new AbortController();
  // What the tool started holds its output open: that is closed when both are gone.
  const script = `
    require('node:child_process').spawn(process.execPath, ['-e', 'console.log("started"); setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    setInterval(() => {}, 1000);`;
  const building = buildProject({
    projectFolder,
    say: () => undefined,
    tool: tool(script),
    signal: abort.signal,
    printed: (text) => text.includes('started') && abort.abort(new Error('asked to')),
  });
  await expect(building).rejects.toThrow('asked to');
});
