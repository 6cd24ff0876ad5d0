/**
 * Every command of `manyhands` against a system that runs: in a pipe, as scripts use it, and in a real terminal, as people do (all of them there with
 * `FULL_SIZES=1`).
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { repository, startSystem, type System } from '../fixture/system.ts';

const program = join(repository, 'libs/manyhands/bin/manyhands.js');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
let system: System;
let home: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'manyhands-commands-'));
  writeFileSync(join(home, 'names.ndjson'), ['ann', 'bad bert', 'cy'].map((name) => `${JSON.stringify({ name })}\n`).join(''));
  system = await startSystem({ slots: 1, env: { MANYHANDS_KIND_MODULES: 'builtin,e2e/fixture/moody-kinds.ts' } });
  env = { ...process.env, XDG_CONFIG_HOME: home, MANYHANDS_URL: system.baseUrl };
  delete env['FORCE_COLOR'];
});
afterAll(async () => {
  await system?.stop();
  rmSync(home, { recursive: true, force: true });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function inPipe(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { env: { ...env, ...more }, cwd: home },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin!.end();
  });
}

const mapping = ['map', 'moody-names', 'names.ndjson', '--params', '{"mended":"/nowhere"}'];
/** What only shows, of the job that was submitted last: with `--json` each prints one document. */
const shown = [
  ['ls'],
  ['get', '-'],
  ['failures', '-'],
  ['results', '-'],
  ['logs', '-'],
  ['files', 'ls', '-'],
  ['why', '-'],
  ['kinds'],
  ['kinds', 'show', 'primes'],
  ['workers'],
  ['queues'],
  ['dead'],
  ['schedules'],
  ['doctor'],
  ['whoami'],
  ['config'],
];

describe('in a pipe', () => {
  it('a job prints its result and nothing else, and its exit code is how it ended', async () => {
    expect(await inPipe(['run', 'sum', '--n', '100'])).toMatchObject({ code: 0, stdout: '5050\n' });
    const { code, stdout, stderr } = await inPipe([...mapping, '--json']);
    expect(code, stderr).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject([{ index: 0 }, { index: 2 }]);
    expect((await inPipe([...mapping, '--allow-failures'])).code).toBe(0);
  });

  it.each(shown.map((args) => [args.join(' '), args] as const))('%s --json is one document', async (_name, args) => {
    const { code, stdout, stderr } = await inPipe([...args, '--json']);
    expect(code, stderr).toBe(0);
    expect(typeof JSON.parse(stdout), stdout).toBe('object');
    expect(stdout).not.toContain('\u001b');
  });

  it('what is wrong has a code of its own, and a sentence on standard error alone', async () => {
    const wrong: [string[], number, NodeJS.ProcessEnv?][] = [
      [['run', 'sum', '--n', 'many'], 2],
      [['run', 'nothing'], 2],
      [['nonsense'], 2],
      [['get', '00000000'], 1],
      [['ls'], 3, { MANYHANDS_URL: 'http://127.0.0.1:1' }],
    ];
    const ended = await Promise.all(wrong.map(([args, , more]) => inPipe(args, more)));
    expect(ended.map(({ code }) => code)).toEqual(wrong.map(([, code]) => code));
    for (const { stdout, stderr } of ended) {
      expect(stdout).toBe('');
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stderr.length).toBeGreaterThan(10);
    }
  });

  it('a time limit ends the wait and not the job, which can be paused, resumed, cancelled and watched', async () => {
    const long = ['run', 'primes', '--n', '1e11', '--chunks', '1000'];
    expect((await inPipe([...long, '--timeout', '1s'])).code).toBe(124);
    // Where there is no terminal to ask at, nothing is changed.
    expect(await inPipe(['cancel', '--status', 'running'])).toMatchObject({ code: 2, stdout: '' });
    for (const change of ['pause', 'resume', 'cancel']) expect(await inPipe([change, '-']), change).toMatchObject({ code: 0 });
    const watched = await inPipe(['watch', '-', '--json']);
    expect(watched.code).toBe(1);
    expect(JSON.parse(watched.stdout.trim().split('\n').at(-1)!)).toMatchObject({ status: 'cancelled' });
    expect(await inPipe(['delete', '-'])).toMatchObject({ code: 0, stdout: '' });
    expect((await inPipe(['get', '-'])).code).toBe(1);
  });
});

describe.skipIf(!hasTmux)('in a real terminal (tmux)', () => {
  const socket = `manyhands-${process.pid}`;
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { env, encoding: 'utf8' });
  const screen = (): string => tmux('capture-pane', '-p', '-J', '-S', '-');
  const until = (text: string | RegExp): Promise<string> =>
    vi.waitFor(
      () => {
        const seen = screen();
        expect(seen).toMatch(text);
        return seen;
      },
      { timeout: 90_000, interval: 200 },
    );
  const type = (line: string): string => tmux('send-keys', '-l', line) + tmux('send-keys', 'Enter');

  beforeAll(() => {
    writeFileSync(join(home, 'mh'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o755 });
    tmux('new-session', '-d', '-x', '160', '-y', '50', '-c', home, 'PS1="> " exec sh');
    tmux('set-option', '-g', 'history-limit', '20000');
  });
  afterAll(() => tmux('kill-server'));

  it('a job shows one line of progress, and then its result', async () => {
    type('./mh run primes --n 1e8 --chunks 50; echo "code $?"');
    expect(await until(/code 0/)).toContain('5761455');
    type('clear');
  });

  it('Ctrl-C leaves the job running and states how to follow it; a question is asked before many are cancelled', async () => {
    type('./mh run primes --n 1e11 --chunks 1000; echo "code $?"');
    await until(/\d+ of 1,?000|0 ?%|running/i);
    tmux('send-keys', 'C-c');
    expect(await until(/code 130/)).toContain('manyhands watch');
    type('./mh cancel --status running; echo "ended $?"');
    await until(/\[y\/N\]/);
    type('n');
    await until(/ended \d/);
    expect(JSON.parse((await inPipe(['get', '-', '--json'])).stdout)).toMatchObject({ status: 'running' });
    type('clear; ./mh cancel --status running; echo "again $?"');
    await until(/\[y\/N\]/);
    type('y');
    await until(/again 0/);
    expect(JSON.parse((await inPipe(['get', '-', '--json'])).stdout)).toMatchObject({ status: 'cancelled' });
  });

  // Sixteen processes more: with FULL_SIZES=1.
  it.skipIf(process.env['FULL_SIZES'] !== '1')('every command that shows something shows it', async () => {
    const lines = shown.map((args) => `./mh ${args.join(' ')}; echo "== ${args.join(' ')}: $?"`);
    writeFileSync(
      join(home, 'all.sh'),
      [`./mh ${mapping.map((arg) => `'${arg}'`).join(' ')}`, ...lines, 'echo "== all"'].join('\n'),
    );
    type('clear; sh all.sh');
    const seen = await until(/^== all/m);
    for (const args of shown) expect(seen).toContain(`== ${args.join(' ')}: 0`);
    for (const text of ['moody-names', 'bad bert', 'primes', 'completed']) expect(seen).toContain(text);
  });
});
