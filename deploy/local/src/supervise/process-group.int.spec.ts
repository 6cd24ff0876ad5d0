import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { ProcessGroup } from './process-group.ts';
import { watchParentArgs, type ProcessPlan } from './process-plan.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const quick = { firstDelayMs: 5, delayMsMax: 20, stableMs: 60_000, deathsMax: 4 };

let folder: string;
let diary: string;
let deaths: { name: string; how: string; restartInMs: number }[];
let lines: string[];
let group: ProcessGroup;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'group-'));
  diary = join(folder, 'diary');
  deaths = [];
  lines = [];
  const events = {
    line: (name: string, line: string) => lines.push(`${name}: ${line}`),
    died: (name: string, how: string, restartInMs: number) => deaths.push({ name, how, restartInMs }),
  };
  group = new ProcessGroup(events, quick);
});
afterEach(async () => {
  await group.force();
  for (const { pid } of entries()) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const plan = (name: string, drainStage: number, manner?: string): ProcessPlan => ({
  name,
  program: process.execPath,
  args: [...watchParentArgs, join(fixtures, 'service.mjs'), name, ...(manner ? [manner] : [])],
  env: { DIARY: diary },
  watchesParent: true,
  drainStage,
});

function entries(): { name: string; what: string; pid: number }[] {
  let text = '';
  try {
    text = readFileSync(diary, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', what = '', pid = ''] = line.split(' ');
      return { name, what, pid: Number(pid) };
    });
}

const started = (count: number) =>
  vi.waitFor(() => expect(entries().filter(({ what }) => what === 'up')).toHaveLength(count), { timeout: 10_000, interval: 10 });
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a killed process is started again, and its output carries its name', async () => {
  const supervised = group.start(plan('coordinator', 1));
  await started(1);
  const first = supervised.pid;
  process.kill(first ?? 0, 'SIGKILL');
  await started(2);
  expect(supervised.pid).not.toBe(first);
  expect(deaths).toEqual([{ name: 'coordinator', how: 'ended by SIGKILL', restartInMs: 5 }]);
  await eventually(() => expect(lines).toContain('coordinator: coordinator says hello'));
});

test('what a process sends over its channel is received with its name and answered, and one that is crashed is started again', async () => {
  const heard: unknown[] = [];
  group = new ProcessGroup(
    {
      line() {},
      died: (name, how, restartInMs) => deaths.push({ name, how, restartInMs }),
      asked(name, message, answer) {
        heard.push([name, message]);
        answer({ pong: 1 });
      },
    },
    quick,
  );
  const supervised = group.start(plan('gateway', 1, 'asks'));
  await eventually(() => expect(entries().map(({ what }) => what)).toContain('answered'));
  expect(heard).toEqual([['gateway', { ping: 1 }]]);
  const first = supervised.pid;
  expect(supervised.crash()).toBe(first);
  await started(2);
  expect(deaths).toEqual([{ name: 'gateway', how: 'ended by SIGKILL', restartInMs: 5 }]);
});

test('a process that keeps dying is started again more and more slowly', async () => {
  group.start(plan('metrics', 1, 'dies'));
  await vi.waitFor(() => expect(deaths.length).toBeGreaterThanOrEqual(4), { timeout: 20_000 });
  expect(deaths.slice(0, 4).map(({ how, restartInMs }) => `${how}, ${restartInMs}`)).toEqual([
    'ended with 3, 5',
    'ended with 3, 10',
    'ended with 3, 20',
    'ended with 3, 20',
  ]);
});

test('a process that says that starting again cannot help is given up, with what it said', async () => {
  const gaveUp = new Promise<unknown[]>((resolve) => {
    group = new ProcessGroup(
      {
        line() {},
        died: (name, how, restartInMs) => deaths.push({ name, how, restartInMs }),
        gaveUp: (...said) => resolve(said),
      },
      quick,
    );
  });
  group.start(plan('metrics', 1, 'misset'));
  expect(await gaveUp).toEqual(['metrics', 'ended with 78', ['metrics says hello']]);
  expect(deaths).toEqual([]);
  await group.drain();
});

test('a program that is not there is reported, and draining still ends', async () => {
  group.start({ ...plan('nats-server', 1), program: join(folder, 'nothing'), watchesParent: false });
  await eventually(() => expect(deaths[0]?.how).toMatch(/^could not start: .*ENOENT/));
  await group.drain();
});

test('a stage is told to stop only when everything of the stage before is gone', async () => {
  for (const [name, stage] of [
    ['nats', 5],
    ['gateway', 1],
    ['compute-1', 2],
    ['coordinator', 3],
    ['compute-2', 2],
  ] as const)
    group.start(plan(name, stage));
  await started(5);
  await group.drain();
  const ends = entries()
    .filter(({ what }) => what !== 'up')
    .map(({ name, what }) => `${name} ${what}`);
  const at = (entry: string): number => ends.indexOf(entry);
  expect(ends).toHaveLength(10);
  expect(ends.slice(0, 2)).toEqual(['gateway told', 'gateway gone']);
  expect(at('coordinator told')).toBeGreaterThan(Math.max(at('compute-1 gone'), at('compute-2 gone')));
  expect(ends.slice(-2)).toEqual(['nats told', 'nats gone']);
  expect(deaths).toEqual([]);
});

test('a process that does not heed SIGTERM is killed when its time is up', async () => {
  const supervised = group.start(plan('gateway', 1, 'deaf'));
  await started(1);
  await group.drain(1_000);
  expect(entries().map(({ what }) => what)).toEqual(['up', 'told']);
  expect(supervised.pid).toBeUndefined();
});

test('force ends everything without asking, also while it drains', async () => {
  group.start(plan('gateway', 1, 'deaf'));
  group.start(plan('nats', 5, 'deaf'));
  await started(2);
  const draining = group.drain(60_000);
  await group.force();
  await draining;
  for (const { pid } of entries()) expect(isAlive(pid)).toBe(false);
});

test('no service outlives a parent that is killed', async () => {
  const sources = new URL('../', import.meta.url).href;
  const parent = spawn(process.execPath, [join(fixtures, 'parent.mjs'), sources, 'gateway', 'compute'], {
    env: { ...process.env, DIARY: diary },
    stdio: 'inherit',
  });
  await started(2);
  const pids = entries().map(({ pid }) => pid);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), { timeout: 10_000, interval: 10 });
  expect(entries().filter(({ what }) => what === 'gone')).toHaveLength(2);
});
