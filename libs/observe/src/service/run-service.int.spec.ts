import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const fixture = fileURLToPath(new URL('run-service.fixture.ts', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function run(manner: string, folder?: string, env: Record<string, string> = {}, args: string[] = []) {
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', fixture, ...args], {
    env: { ...process.env, ...env, MANNER: manner, ...(folder ? { ENV_FOLDER: folder } : {}) },
  });
  children.push(child);
  let out = '';
  let err = '';
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const heard = (word: string) =>
    new Promise<void>((resolve) => {
      const look = () => out.includes(word) && resolve();
      child.stdout.on('data', look);
      look();
    });
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, heard, ended };
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s closes a running service, which ends with 0', async (signal) => {
  const { child, heard, ended } = run('runs');
  await heard('running');
  child.kill(signal);
  expect(await ended).toMatchObject({ code: 0, err: '', out: expect.stringContaining('closed') });
});

test('a service told to end while it starts ends with 0, whatever its start comes to', async () => {
  const { child, heard, ended } = run('slow');
  await heard('starting');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, err: '' });
});

test('a start that never ends does not keep a service that was told to end', async () => {
  const { child, heard, ended } = run('never');
  await heard('starting');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, err: '' });
});

test('a service whose end does not come is cut off in its time, with 0 and a sentence', async () => {
  const { child, heard, ended } = run('stuck');
  await heard('running');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^It did not end within 0.3 s and is cut off\..*\n$/),
  });
});

test('what starting again cannot help is one sentence and exit code 78', async () => {
  expect(await run('misset').ended).toMatchObject({ code: 78, err: 'PORT must be a port.\n' });
  expect(await run('refused').ended).toMatchObject({ code: 78, err: 'the server is too old\n' });
});

test('--help prints what it is, and each setting it reads; an option it does not have is one sentence and exit code 78', async () => {
  const help = await run('runs', undefined, {}, ['--help']).ended;
  expect(help).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^stand-in: Stands in for a service\.\n/) });
  expect(help.out).toMatch(/\n {2}PORT .*default\s+8000/s);
  expect(help.out).not.toContain('starting');
  expect(await run('runs', undefined, {}, ['--prot', '1']).ended).toEqual({
    code: 78,
    out: '',
    err: "The gateway cannot start: Unknown option '--prot'; it takes --help.\n",
  });
});

test('any other failure keeps its stack, and ends with 1', async () => {
  expect(await run('fails').ended).toMatchObject({ code: 1, err: expect.stringMatching(/^Error: a mistake\n {4}at /) });
});

test('.env is read, and what stands in the environment wins over it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'env-'));
  try {
    await writeFile(join(folder, '.env'), 'FROM_FILE=file\nFROM_BOTH=file\n');
    const { child, heard, ended } = run('runs', folder, { FROM_BOTH: 'environment' });
    await heard('running');
    child.kill('SIGTERM');
    expect((await ended).out).toContain('starting file environment\n');
    await rm(join(folder, '.env'));
    await mkdir(join(folder, '.env'));
    expect(await run('runs', folder).ended).toMatchObject({
      code: 78,
      err: expect.stringMatching(/\.env cannot be read \(\w+\)\. Correct it, or remove it\.\n$/),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
