/** What a command does with a wrong setting, and what a person reads until the system is ready: the real commands, as npm runs them. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { READERS, SETTING_NAMES, SETTINGS, type Reader, type Setting, type SettingName } from '@manyhands/proto/settings';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, natsServer, repository } from '../fixture/system.ts';

const program = natsServer();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number;
  out: string;
  err: string;
}

function run(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const given = { ...process.env, MANYHANDS_HOME: join(folder, 'home'), MANYHANDS_NATS_SERVER: program, ...env };
    execFile(process.execPath, [...args], { cwd: repository, env: given, timeout: 60_000 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

const asNpmRuns = (name: string): string[] => [
  '--conditions=source',
  '--disable-warning=ExperimentalWarning',
  'deploy/local/run.mjs',
  name,
];
const services: readonly Reader[] = ['gateway', 'coordinator', 'compute', 'metrics'];
const rows = SETTING_NAMES.map((name): [SettingName, Setting] => [name, SETTINGS[name]]);

describe('npm start with a wrong value of', () => {
  const read = rows.filter(([, { readers }]) => readers.some((reader) => reader === 'start' || services.includes(reader)));
  it.each(read)('%s is one sentence and exit code 1, and nothing is started', async (name, { wrong }) => {
    const env = { PORT: String(await freePort()), [name]: wrong };
    const { code, out, err } = await run(asNpmRuns('start'), env);
    expect({ code, out, lines: err.trimEnd().split('\n') }).toEqual({ code: 1, out: '', lines: [expect.stringContaining(name)] });
    expect(err).not.toContain('s3cret');
    expect(existsSync(join(folder, 'home/nats'))).toBe(false);
  });
});

describe('a command that reads a setting refuses a wrong value of', () => {
  const tools = rows.flatMap(([name, { readers, wrong }]) =>
    readers.filter((reader) => ['setup', 'bench', 'chaos'].includes(reader)).map((reader) => [name, reader, wrong] as const),
  );
  it.each(tools)('%s (%s)', async (name, reader, wrong) => {
    const { code, out, err } = await run(asNpmRuns(reader), { [name]: wrong });
    expect({ code, out, lines: err.trimEnd().split('\n') }).toEqual({ code: 1, out: '', lines: [expect.stringContaining(name)] });
  });
});

/** What cannot be right whatever there is on this machine. */
const ofServices = rows.filter(([name]) => name !== 'MANYHANDS_HOME');

describe.each(services)('%s, started alone, refuses a wrong value of', (service) => {
  it.each(ofServices.filter(([, { readers }]) => readers.includes(service)))('%s', async (name, { wrong }) => {
    const { code, out, err } = await run([`services/${service}/dist/main.js`], { [name]: wrong });
    expect({ code, out, lines: err.trimEnd().split('\n') }).toEqual({
      code: 78,
      out: '',
      lines: [expect.stringMatching(new RegExp(`^${READERS[service]} cannot start: ${name} `))],
    });
    expect(err).not.toContain('s3cret');
  });
});

it.each(['start', 'dev', 'demo', 'setup', 'bench', 'chaos'])('%s --help says what it takes, and starts nothing', async (name) => {
  const { code, out, err } = await run([...asNpmRuns(name), '--help'], {});
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^npm run \w+|^npm start/);
  expect(out).toContain('--help');
  expect(out).toContain('MANYHANDS_HOME');
});

it('npm start is ready after at most fifteen lines, with npm own', async () => {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), MANYHANDS_HOME: join(folder, 'home'), MANYHANDS_NATS_SERVER: program };
  const child = spawn('npm', ['start'], { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let text = '';
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        text += data.toString();
        if (text.includes('Ready: ')) resolve();
      });
    child.once('close', () => reject(new Error(`npm start ended: ${text}`)));
  });
  try {
    await ready;
    const lines = text.slice(0, text.indexOf('Ready: ')).split('\n');
    expect(lines.length, text).toBeLessThanOrEqual(15);
    expect(text).toMatch(new RegExp(`Ready: .*http://127\\.0\\.0\\.1:${port}.*Ctrl-C`));
  } finally {
    child.kill('SIGTERM');
    await closed;
  }
});
