/** What a command does with a wrong setting: the real commands, as npm runs them. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reservedPort } from '@manyhands/testkit';
import { READERS, SETTING_NAMES, SETTINGS, type Reader, type Setting, type SettingName } from '@manyhands/proto/settings';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { natsServer, repository } from '../fixture/system.ts';

/** A round takes a second, and ten on a machine with much else to do. */
const manyRounds = 240_000;

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
    execFile(process.execPath, [...args], { cwd: repository, env: given, timeout: 110_000 }, (error, out, err) =>
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

/**
 * Gives a command all these wrong values at once, then those that it did not name, until it has refused each: what it checks first may hide what it checks
 * later. Invariant: each time it is one sentence, and a value counts as refused when it is a statement of its own in that sentence.
 */
async function refusesEach(
  values: readonly (readonly [SettingName, Setting])[],
  start: (wrong: Record<string, string>) => Promise<Ended>,
  expected: { code: number; begins?: string },
): Promise<void> {
  let left = values;
  while (left.length > 0) {
    const { code, out, err } = await start(Object.fromEntries(left.map(([name, { wrong }]) => [name, wrong])));
    expect({ code, out, lines: err.trimEnd().split('\n') }).toEqual({
      code: expected.code,
      out: '',
      lines: [expect.any(String)],
    });
    expect(err).not.toContain('s3cret');
    if (expected.begins !== undefined) expect(err.startsWith(expected.begins), err).toBe(true);
    const named = left.filter(([name]) => new RegExp(`(^|: |; )${name} `).test(err));
    const refused = named.length > 0 ? named : left.filter(([name]) => err.includes(name)).slice(0, 1);
    expect(refused.length, `none of ${left.map(([name]) => name).join(', ')} is named in ${err}`).toBeGreaterThan(0);
    left = left.filter((row) => !refused.includes(row));
  }
}

it(
  'npm start refuses each wrong value of what it or a service reads in one sentence, and starts nothing',
  { timeout: manyRounds },
  async () => {
    const read = rows.filter(([, { readers }]) => readers.some((reader) => reader === 'start' || services.includes(reader)));
    const port = String(await reservedPort());
    expect(read.length).toBeGreaterThan(40);
    await refusesEach(read, (wrong) => run(asNpmRuns('start'), { PORT: port, ...wrong }), { code: 1 });
    expect(existsSync(join(folder, 'home/nats'))).toBe(false);
  },
);

it.each(['setup', 'bench', 'chaos'] as const)(
  '%s refuses each wrong value of what it reads in one sentence',
  { timeout: manyRounds },
  async (reader) => {
    const read = rows.filter(([, { readers }]) => readers.includes(reader));
    expect(read.length).toBeGreaterThan(0);
    await refusesEach(read, (wrong) => run(asNpmRuns(reader), wrong), { code: 1 });
  },
);

/** What cannot be right whatever there is on this machine. */
const ofServices = rows.filter(([name]) => name !== 'MANYHANDS_HOME');

it.each(services)(
  '%s, started alone, refuses each wrong value of what it reads in one sentence',
  { timeout: manyRounds },
  async (service) => {
    const read = ofServices.filter(([, { readers }]) => readers.includes(service));
    expect(read.length).toBeGreaterThan(5);
    await refusesEach(read, (wrong) => run([`services/${service}/dist/main.js`], wrong), {
      code: 78,
      begins: `${READERS[service]} cannot start: `,
    });
  },
);

it.each(['start', 'dev', 'demo', 'setup', 'bench', 'chaos'])('%s --help says what it takes, and starts nothing', async (name) => {
  const { code, out, err } = await run([...asNpmRuns(name), '--help'], {});
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^npm run \w+|^npm start/);
  expect(out).toContain('--help');
  expect(out).toContain('MANYHANDS_HOME');
});
