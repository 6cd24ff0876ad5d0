import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { GuardedSlot } from './guarded-slot.ts';
import type { SlotOptions } from './slot.ts';
import { ThreadHosts } from './slot-thread.ts';
import { aSlotBounds } from './slot-bounds.fixture.ts';

const kinds = new URL('../../trial/kinds.ts', import.meta.url).href;
const one = { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 1, total: 1 } as const;
const five = { op: 'compute', attempt: 1, jobId: 'job', begin: 3, end: 8, total: 8 } as const;
const patience = { softLimitMs: 60_000, hardLimitMs: 60_000 };
const idle = vi.fn();
let slot: GuardedSlot;
let folder: string;

function made(options: Partial<SlotOptions> = {}): GuardedSlot {
  slot = new GuardedSlot({
    index: 1,
    kindModules: [{ address: kinds }],
    bounds: aSlotBounds(),
    idle,
    ...options,
  });
  return slot;
}

async function open(options: Partial<SlotOptions> = {}): Promise<GuardedSlot> {
  await made(options).start();
  return slot;
}

beforeEach(() => {
  idle.mockClear();
  folder = mkdtempSync(join(tmpdir(), 'manyhands-guarded-'));
});
afterEach(async () => {
  await slot?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Threads, counted. */
class CountedHosts extends ThreadHosts {
  opened = 0;

  override open(...given: Parameters<ThreadHosts['open']>): ReturnType<ThreadHosts['open']> {
    this.opened += 1;
    return super.open(...given);
  }
}

const begun = (): string => join(folder, 'begun');
const hasBegun = () => vi.waitFor(() => expect(existsSync(begun())).toBe(true), { timeout: 20_000, interval: 10 });
/** Processes that host a slot for the process `parent`. */
function hostsOf(parent = process.pid): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, ppid, ...args]) => Number(ppid) === parent && args.some((arg) => arg.endsWith('isolated.ts')))
    .map(([pid]) => Number(pid));
}
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`);

it('a thread holds as much memory as its kind asks for, and what its task code logs comes out without secrets', async () => {
  const module = join(folder, 'small.mjs');
  const task = JSON.stringify(new URL('../task.ts', import.meta.url).href);
  writeFileSync(
    module,
    `import { defineTask } from ${task};
    export const small = defineTask({
      name: 'small', memoryMb: 48, merge: (left) => left,
      compute(index, { params, secret, log }) {
        log('key ' + secret('PATH'));
        console.warn('beside', index);
        const held = [];
        for (let mb = 0; mb < params.mb; mb += 1) held.push(new Array(131_072).fill(index + mb + 0.5));
        return held.length;
      },
    });`,
  );
  const lines: object[] = [];
  await open({ kindModules: [{ address: pathToFileURL(module).href }], logged: (line) => void lines.push(line) });
  expect(await slot.run('small', { mb: 1 }, one, patience)).toMatchObject({ is: 'computed', partial: '1' });
  expect(lines).toEqual([
    { level: 'info', message: 'key ***', chunk: 0 },
    { level: 'warn', message: 'beside 0', chunk: 0 },
  ]);
  expect(await slot.run('small', { mb: 300 }, one, patience)).toMatchObject({
    is: 'crashed',
    reason: expect.stringMatching(/memory/) as string,
  });
});

describe('a slot that sleeps', () => {
  it('is idle without a thread, which its first run starts and the next one uses', async () => {
    const hosts = new CountedHosts();
    made({ hosts }).sleep([]);
    expect([slot.state, hosts.opened]).toEqual(['idle', 0]);
    const first = slot.run('count', {}, five, patience);
    expect(slot.state).toBe('busy');
    expect(await first).toMatchObject({ is: 'computed', partial: '5' });
    expect(await slot.run('count', {}, five, patience)).toMatchObject({ is: 'computed', partial: '5' });
    expect([slot.state, hosts.opened]).toEqual(['idle', 1]);
  });

  it('is cancelled while its thread starts, and computes the next run', async () => {
    made().sleep([]);
    const run = slot.run('count', {}, five, patience);
    slot.cancel();
    expect(slot.state).toBe('stopping');
    expect(await run).toEqual({ is: 'cancelled' });
    await vi.waitFor(() => expect(slot.state).toBe('idle'), { timeout: 20_000 });
    expect(idle).toHaveBeenCalled();
    expect(await slot.run('count', {}, five, patience)).toMatchObject({ is: 'computed', partial: '5' });
  });

  it('ends while its thread starts', async () => {
    made().sleep([]);
    const run = slot.run('count', {}, five, patience);
    await slot.close();
    expect(await run).toEqual({ is: 'cancelled' });
  });

  it('blames no chunk where its thread does not start, and tries again with the next run', async () => {
    const module = join(folder, 'later.mjs');
    const died = vi.fn();
    made({ kindModules: [{ address: pathToFileURL(module).href }], died }).sleep([]);
    expect(await slot.run('later', {}, one, patience)).toMatchObject({
      is: 'failed',
      error: { code: 'compute_failed', retryable: true, message: expect.stringContaining('its log states why') as string },
    });
    expect(died).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('later.mjs'));
    const task = JSON.stringify(new URL('../task.ts', import.meta.url).href);
    writeFileSync(
      module,
      `import { defineTask } from ${task}; export const later = defineTask({ name: 'later', merge: (left) => left, compute: () => 1 });`,
    );
    await eventually(() => expect(idle).toHaveBeenCalled());
    expect(await slot.run('later', {}, one, patience)).toMatchObject({ is: 'computed', partial: '1' });
  });

  it('computes a suspect in a process, and still has no thread then', async () => {
    const hosts = new CountedHosts();
    made({ hosts }).sleep([]);
    expect(await slot.run('count', {}, five, patience, true)).toMatchObject({ is: 'computed', partial: '5' });
    expect([slot.state, hosts.opened]).toEqual(['idle', 0]);
    await eventually(() => expect(idle).toHaveBeenCalled());
  });
});

describe('a suspect', () => {
  it('is computed in a process of its own, which serves the next one too and goes with the slot', async () => {
    await open();
    idle.mockClear();
    expect(await slot.run('count', {}, five, patience, true)).toMatchObject({ is: 'computed', partial: '5' });
    expect(slot.state).toBe('idle');
    await eventually(() => expect(idle).toHaveBeenCalled());
    const first = hostsOf();
    expect(first).toHaveLength(1);
    expect(await slot.run('moody', { fail: [4] }, five, patience, true)).toMatchObject({
      is: 'computed',
      partial: '4',
      failed: [{ chunk: 4 }],
    });
    expect(hostsOf()).toEqual(first);
    await slot.close();
    expect(hostsOf()).toEqual([]);
  });

  it('that kills its process leaves this one alive, and it is known in which chunk', async () => {
    await open();
    expect(await slot.run('killer', { at: 5 }, five, patience, true)).toEqual({
      is: 'crashed',
      done: 2,
      reason: 'its process was ended by SIGKILL',
    });
    expect(await slot.run('mine', { at: 7 }, five, patience, true)).toMatchObject({ is: 'crashed', done: 4 });
    expect(await slot.run('count', {}, five, patience, true)).toMatchObject({ is: 'computed', partial: '5' });
    expect(await slot.run('count', {}, five, patience)).toMatchObject({ is: 'computed', partial: '5' });
  });

  it('that takes more memory than a slot has says so', async () => {
    await open({ memoryMb: 32 });
    expect(await slot.run('greedy', { at: 4 }, five, patience, true)).toMatchObject({
      is: 'crashed',
      done: 1,
      reason: expect.stringMatching(/memory/) as unknown,
    });
  });

  it('that will not stop is ended at its hard limit, and its soft limit is heeded by those that look', async () => {
    await open();
    const limits = { softLimitMs: 100, hardLimitMs: 300 };
    const watching = setInterval(() => slot.watch(performance.now()), 20);
    expect(await slot.run('stuck', { at: 5 }, five, limits, true)).toEqual({ is: 'overran', done: 2 });
    expect(await slot.run('stuck', { at: 5, obedient: true }, five, { ...limits, hardLimitMs: 60_000 }, true)).toMatchObject({
      is: 'computed',
      failed: [{ chunk: 5, error: { code: 'time_limit' } }],
    });
    clearInterval(watching);
  });

  it('is cancelled in the middle, and before its process is ready', async () => {
    await open({ stopWithinMs: 50 });
    const early = slot.run('count', {}, five, patience, true);
    slot.cancel();
    expect(slot.state).toBe('stopping');
    expect(await early).toEqual({ is: 'cancelled' });
    const hung = slot.run('hung', { begun: begun() }, one, patience, true);
    await hasBegun();
    slot.cancel();
    expect(await hung).toEqual({ is: 'cancelled' });
    expect(await slot.run('count', {}, one, patience)).toMatchObject({ is: 'computed' });
  });

  it('runs in the thread where no process can be had', async () => {
    await open();
    vi.stubEnv('TMPDIR', join(folder, 'there is no such folder'));
    expect(await slot.run('count', {}, five, patience, true)).toMatchObject({ is: 'computed', partial: '5' });
    expect(hostsOf()).toEqual([]);
    vi.unstubAllEnvs();
  });
});

it('the process of a suspect ends with its worker, whatever its kernel does', async () => {
  const script = `import { GuardedSlot } from ${JSON.stringify(new URL('./guarded-slot.ts', import.meta.url).href)};
    const slot = new GuardedSlot({ index: 0, kindModules: [{ address: ${JSON.stringify(kinds)} }], bounds: ${JSON.stringify(aSlotBounds())}, idle() {} });
    await slot.start();
    await slot.run('hung', { begun: ${JSON.stringify(begun())} }, ${JSON.stringify(one)}, ${JSON.stringify(patience)}, true);`;
  const worker = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { stdio: 'ignore' },
  );
  await hasBegun();
  const [host] = hostsOf(worker.pid);
  expect(isAlive(host!)).toBe(true);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  await vi.waitFor(() => expect(isAlive(host!)).toBe(false), { timeout: 10_000, interval: 20 });
});
