import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { SharedThread } from './shared-thread.ts';
import { Slot, type SlotOptions } from './slot.ts';
import { aSlotBounds } from './slot-bounds.fixture.ts';

const kinds = new URL('../../trial/shared-kinds.ts', import.meta.url).href;
const limits = { softLimitMs: 60_000, hardLimitMs: 60_000 };
const blocked = vi.fn<(forMs: number) => void>();
const died = vi.fn<(reason: string) => void>();
let slots: Slot[] = [];
let folder: string;

const one = (index = 0) => ({ op: 'compute', attempt: 1, jobId: 'job', begin: index, end: index + 1, total: 8 }) as const;

async function open(count: number, options: Partial<SlotOptions> = {}): Promise<Slot[]> {
  const thread = new SharedThread(blocked);
  slots = Array.from(
    { length: count },
    (_, index) =>
      new Slot({
        index,
        kindModules: [{ address: kinds }],
        bounds: aSlotBounds(),
        hosts: thread.hosts(),
        idle: () => {},
        died,
        ...options,
      }),
  );
  await Promise.all(slots.map((slot) => slot.start()));
  return slots;
}

const hasBegun = () => eventually(() => expect(existsSync(join(folder, 'begun'))).toBe(true));
const allIdle = () => eventually(() => expect(slots.map(({ state }) => state)).toEqual(slots.map(() => 'idle')));

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'manyhands-shared-'))));
afterEach(async () => {
  await Promise.all(slots.map((slot) => slot.close()));
  rmSync(folder, { recursive: true, force: true });
  vi.clearAllMocks();
});

it('each slot waits with its own chunk, all of them in one thread', async () => {
  const outcomes = await Promise.all((await open(8)).map((slot, index) => slot.run('waits', { ms: 100 }, one(index), limits)));
  const seen = outcomes.flatMap((outcome) => {
    if (outcome.is !== 'computed') throw new Error(outcome.is);
    return JSON.parse(outcome.partial!) as { thread: number; atOnce: number }[];
  });
  expect(new Set(seen.map(({ thread }) => thread)).size).toBe(1);
  expect(seen.map(({ atOnce }) => atOnce).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

it('an error that the task code of one chunk does not catch ends its run, and no other', async () => {
  const [first, second] = await open(2);
  const neighbour = second!.run('waits', { ms: 400 }, one(1), limits);
  expect(await first!.run('waits', { ms: 60_000, strayMs: 1 }, one(), limits)).toEqual({
    is: 'crashed',
    reason: 'nothing catches this',
    done: 0,
  });
  expect(await neighbour).toMatchObject({ is: 'computed' });
  expect(died).toHaveBeenCalledOnce();
  await allIdle();
  expect(await first!.run('waits', {}, one(), limits)).toMatchObject({ is: 'computed' });
});

it('a cancelled run that goes on has its slot freed, computes no further chunk, and leaves the others alone', async () => {
  const [first, second] = await open(2, { stopWithinMs: 20 });
  const diary = join(folder, 'diary');
  const neighbour = second!.run('waits', { ms: 600 }, one(1), limits);
  const ran = first!.run('waits', { ms: 150, isDeaf: true, diary, begun: join(folder, 'begun') }, { ...one(), end: 8 }, limits);
  await hasBegun();
  first!.cancel();
  expect(await ran).toEqual({ is: 'cancelled' });
  await allIdleBut(second!);
  expect(await first!.run('waits', {}, one(7), limits)).toMatchObject({ is: 'computed' });
  expect(await neighbour).toMatchObject({ is: 'computed' });
  expect(readFileSync(diary, 'utf8')).toBe('0\n');
  expect(first!.done).toBe(1);
  expect(died).not.toHaveBeenCalled();
});

const allIdleBut = (busy: Slot) =>
  eventually(() => expect(slots.filter((slot) => slot !== busy).every(({ state }) => state === 'idle')).toBe(true));

it('a chunk at its hard limit is ended alone', async () => {
  const [first, second] = await open(2);
  const neighbour = second!.run('waits', { ms: 400 }, one(1), limits);
  const ran = first!.run('waits', { ms: 60_000, isDeaf: true }, one(), { softLimitMs: 10, hardLimitMs: 20 });
  first!.watch(performance.now() + 30);
  expect(await ran).toEqual({ is: 'overran', done: 0 });
  expect(await neighbour).toMatchObject({ is: 'computed' });
  await allIdle();
});

it('a thread that handles no messages any more is ended with every run in it, and is there again', async () => {
  const [first, second] = await open(2, { stopWithinMs: 20 });
  const neighbour = second!.run('waits', { ms: 60_000 }, one(1), limits);
  const hung = first!.run('waits', { begun: join(folder, 'begun'), blockMs: 600_000 }, one(), limits);
  await hasBegun();
  first!.cancel();
  expect(await hung).toEqual({ is: 'cancelled' });
  expect(await neighbour).toMatchObject({ is: 'crashed', done: 0 });
  await allIdle();
  expect(await second!.run('waits', {}, one(1), limits)).toMatchObject({ is: 'computed' });
});

it('task code that ends its thread ends every run in it', async () => {
  const [first, second] = await open(2);
  const neighbour = second!.run('waits', { ms: 60_000 }, one(1), limits);
  expect(await first!.run('waits', { exits: true }, one(), limits)).toMatchObject({ is: 'crashed' });
  expect(await neighbour).toMatchObject({ is: 'crashed' });
  await allIdle();
});

it('what is written with console is of the run that wrote it', async () => {
  const logged: string[] = [];
  const [first, second] = await open(2, {
    logged: ({ message, chunk }, isOfRun) => logged.push(`${message} by ${chunk} ${isOfRun}`),
  });
  await Promise.all([
    first!.run('waits', { ms: 20, logs: true }, one(3), limits),
    second!.run('waits', { ms: 10, logs: true }, one(4), limits),
  ]);
  expect(logged.sort()).toEqual(['chunk 3 by 3 true', 'chunk 4 by 4 true']);
});

it('cannot start when its modules cannot be loaded', async () => {
  const thread = new SharedThread(blocked);
  const address = 'file:///nowhere.ts';
  const slot = new Slot({
    index: 0,
    kindModules: [{ address }],
    bounds: aSlotBounds(),
    hosts: thread.hosts(),
    idle: () => {},
  });
  await expect(slot.start()).rejects.toThrow('cannot load the task kinds');
});
