import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSignal, eventually } from '@manyhands/testkit';
import { KERNEL_NICE } from './give-way.ts';
import { Slot, type SlotOptions } from './slot.ts';
import { aSlotBounds } from './slot-bounds.fixture.ts';
import type { HostEvents, HostSetup, SlotHost } from './slot-host.ts';
import { ThreadHosts } from './slot-thread.ts';

const kinds = new URL('../../trial/kinds.ts', import.meta.url).href;
const one = { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 1, total: 1 } as const;
const limits = { softLimitMs: 60_000, hardLimitMs: 60_000 };
let slot: Slot;

async function open(options: Partial<SlotOptions> = {}) {
  const heard = createSignal();
  slot = new Slot({
    index: 3,
    kindModules: [{ address: kinds }],
    bounds: aSlotBounds(),
    idle: () => heard.emit('idle'),
    died: (reason) => heard.emit('died', reason),
    ...options,
  });
  const cards = await slot.start();
  await heard.wait('idle');
  return { heard, cards };
}

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'manyhands-slot-'))));
afterEach(async () => {
  await slot?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a kernel that never returns, and resolves once it has begun. */
async function hang() {
  const begun = join(folder, 'begun');
  const ran = slot.run('hung', { begun }, one, limits);
  await eventually(() => expect(existsSync(begun)).toBe(true));
  return { ran };
}

it('tells the kinds it knows, without their functions', async () => {
  const { cards } = await open();
  expect(cards.find((card) => card.name === 'count')).toEqual({
    name: 'count',
    title: 'Count',
    description: 'For tests.',
    params: { type: 'object' },
    example: {},
    chunks: 4,
    version: 1,
    defaults: {},
    memoryMb: undefined,
    module: kinds,
  });
});

// Seen: where the system allowed no further thread the error ended the worker, and with it what its other slots computed.
it('tries again later where no thread can be started', async () => {
  let isFull = false;
  class ScarceHosts extends ThreadHosts {
    override open(setup: HostSetup, events: HostEvents): SlotHost {
      if (isFull) throw new Error('Worker initialization failure: EAGAIN');
      return super.open(setup, events);
    }
  }
  const { heard } = await open({ hosts: new ScarceHosts() });
  const { ran } = await hang();
  isFull = true;
  slot.cancel();
  expect(await ran).toEqual({ is: 'cancelled' });
  expect(await heard.wait('died')).toMatch(/none could be started: .*EAGAIN/);
  isFull = false;
  await heard.wait('idle');
  expect(await slot.run('count', {}, one, limits)).toMatchObject({ is: 'computed' });
});

it('walks starting → idle → busy → idle, and refuses to run while busy', async () => {
  const { heard } = await open();
  const ran = slot.run('count', {}, { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 4, total: 4 }, limits);
  expect(slot.state).toBe('busy');
  await expect(slot.run('count', {}, one, limits)).rejects.toThrow('slot 3 is busy, not idle');
  expect(await ran).toMatchObject({ is: 'computed', partial: '4' });
  await heard.wait('idle');
  expect(slot.state).toBe('idle');
  expect(slot.done).toBe(4);
});

it('lets its kernels give way to the rest of the machine, and only them', async () => {
  const before = getPriority();
  await open();
  const theirs = process.platform === 'linux' ? Math.max(before, KERNEL_NICE) : before;
  expect(await slot.run('urgency', {}, one, limits)).toMatchObject({ partial: String(theirs) });
  expect(getPriority()).toBe(before);
});

it('does not know a kind that no module exports', async () => {
  await open();
  expect(await slot.run('nope', {}, one, limits)).toMatchObject({ is: 'failed', error: { code: 'unknown_kind' } });
});

it('walks busy → stopping → starting → idle when a kernel hangs, by ending its thread', async () => {
  const { heard } = await open({ stopWithinMs: 50 });
  const { ran } = await hang();
  slot.cancel();
  expect(slot.state).toBe('stopping');
  expect(await ran).toEqual({ is: 'cancelled' });
  expect(slot.state).toBe('starting');
  await heard.wait('idle');
  expect(await slot.run('count', {}, one, limits)).toMatchObject({ partial: '1' });
  expect(heard.count('died')).toBe(0);
});

it('walks busy → starting → idle when a thread dies, and says why', async () => {
  const { heard } = await open();
  expect(await slot.run('poison', {}, one, limits)).toMatchObject({ is: 'crashed', done: 0 });
  await heard.wait('died');
  await heard.wait('idle');
  expect(await slot.run('count', {}, one, limits)).toMatchObject({ partial: '1' });
});

it('walks busy → starting → idle when a chunk runs to its hard limit, and says how far the span was', async () => {
  const { heard } = await open();
  const ran = slot.run(
    'stuck',
    { at: 2 },
    { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 4, total: 4 },
    { softLimitMs: 1_000, hardLimitMs: 2_000 },
  );
  await vi.waitFor(() => expect(slot.done).toBe(2), { timeout: 10_000 });
  const nowMs = Math.ceil(performance.now()); // whole, so that sums and differences are exact
  slot.watch(nowMs);
  slot.watch(nowMs + 1_500);
  expect(slot.state).toBe('busy');
  slot.watch(nowMs + 2_000);
  expect(await ran).toEqual({ is: 'overran', done: 2 });
  await heard.wait('idle');
  expect(await slot.run('count', {}, one, limits)).toMatchObject({ partial: '1' });
});

it('asks a chunk at its soft limit, once, and the next chunk has its own time', async () => {
  await open();
  const ran = slot.run(
    'stuck',
    { at: 1, obedient: true },
    { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 3, total: 3 },
    { softLimitMs: 1_000, hardLimitMs: 60_000 },
  );
  await vi.waitFor(() => expect(slot.done).toBe(1), { timeout: 10_000 });
  const nowMs = Math.ceil(performance.now()); // whole, so that sums and differences are exact
  slot.watch(nowMs);
  slot.watch(nowMs + 1_000);
  slot.watch(nowMs + 1_100);
  expect(await ran).toMatchObject({
    is: 'computed',
    partial: '2',
    failed: [{ chunk: 1, error: { code: 'time_limit', retryable: true } }],
  });
});

it('takes a cancel while idle for nothing', async () => {
  await open();
  slot.cancel();
  expect(slot.state).toBe('idle');
  expect(await slot.run('count', {}, one, limits)).toMatchObject({ partial: '1' });
});

it('answers a run that was still going when it is closed', async () => {
  await open();
  const { ran } = await hang();
  await slot.close();
  expect(await ran).toEqual({ is: 'cancelled' });
  expect(slot.state).toBe('closed');
});

it('cannot start with a module that is not there', async () => {
  await expect(open({ kindModules: [{ address: new URL('./no-such-kind.ts', import.meta.url).href }] })).rejects.toThrow(
    /cannot load the task kinds: .*no-such-kind/,
  );
});

it('cannot start when two tasks have the same name', async () => {
  await expect(open({ kindModules: [{ address: kinds }, { address: `${kinds}?again` }] })).rejects.toThrow(
    /two tasks are named "[a-z]+".*rename one/,
  );
});
