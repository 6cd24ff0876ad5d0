import { afterEach, expect, it, vi } from 'vitest';
import { eventually } from '@manyhands/testkit';
import { BuiltIns } from './built-ins.ts';
import { SharedThread } from './shared-thread.ts';
import { Slot } from './slot.ts';
import { aSlotBounds } from './slot-bounds.fixture.ts';
import type { SlotHosts } from './slot-host.ts';

const kinds = new URL('../../trial/spoiling-kinds.ts', import.meta.url).href;
const limits = { softLimitMs: 60_000, hardLimitMs: 60_000 };
const died = vi.fn<(reason: string) => void>();
const slots: Slot[] = [];

async function open(hosts?: SlotHosts): Promise<Slot> {
  const slot = new Slot({
    index: slots.length,
    kindModules: [{ address: kinds }],
    bounds: aSlotBounds(),
    idle: () => {},
    died,
    ...(hosts && { hosts }),
  });
  slots.push(slot);
  await slot.start();
  return slot;
}

const isIdle = (slot: Slot) => eventually(() => expect(slot.state).toBe('idle'));
const span = (begin: number, end: number) =>
  ({ op: 'compute', attempt: 1, jobId: 'job', begin, end, total: 8, output: 'lines' }) as const;
const lines = (...values: number[]) => ({ is: 'computed', text: values.map((value) => `${value}\n`).join(''), failed: [] });

afterEach(async () => {
  await Promise.all(slots.splice(0).map((slot) => slot.close()));
  vi.clearAllMocks();
});

it.each(['push', 'map', 'get', 'json', 'property'])(
  'task code that changes what JavaScript comes with (%s) spoils no answer but its own: the next run has another thread',
  async (by) => {
    const slot = await open();
    await slot.run('spoils', { by }, span(0, 4), limits);
    await isIdle(slot);
    expect(await slot.run('spoils', { by: 'nothing' }, span(0, 3), limits)).toMatchObject(lines(0, 1, 2));
    expect(died).toHaveBeenCalledTimes(1);
  },
);

it('a change without which there is no answer is named, and tried again', async () => {
  const slot = await open();
  expect(await slot.run('spoils', { by: 'push', at: 1 }, span(0, 3), limits)).toEqual({
    is: 'failed',
    error: {
      code: 'compute_failed',
      message: expect.stringContaining('task code changed Array.prototype.push,') as string,
      retryable: true,
    },
  });
  expect(died).toHaveBeenCalledWith('task code changed Array.prototype.push');
});

it('an answer that is whole in spite of a change is kept, and a run that changes nothing keeps its thread', async () => {
  const slot = await open();
  expect(await slot.run('spoils', { by: 'nothing' }, span(0, 3), limits)).toMatchObject(lines(0, 1, 2));
  expect(died).not.toHaveBeenCalled();
  expect(await slot.run('spoils', { by: 'wrapped' }, span(0, 3), limits)).toMatchObject(lines(0, 1, 2));
  expect(died).toHaveBeenCalledWith('task code changed JSON.stringify');
});

it('a shared thread that is spoiled is ended with all of its seats, and they are opened in another', async () => {
  const thread = new SharedThread(() => {});
  const spoiling = await open(thread.hosts());
  const beside = await open(thread.hosts());
  const neighbour = beside.run('spoils-shared', { by: 'nothing' }, span(1, 2), limits);
  await spoiling.run('spoils-shared', { by: 'json' }, span(0, 1), limits);
  expect(await neighbour).toMatchObject({ is: 'crashed', reason: 'task code changed Object.prototype.toJSON' });
  await isIdle(spoiling);
  await isIdle(beside);
  expect(await beside.run('spoils-shared', { by: 'nothing' }, span(0, 1), limits)).toMatchObject(lines(0));
});

it('to look for changes calls nothing, so it costs no more than as many comparisons', () => {
  const builtIns = new BuiltIns();
  const { push } = Array.prototype;
  try {
    Array.prototype.push = () => 0;
    expect(builtIns.changed()).toBe('Array.prototype.push');
  } finally {
    Array.prototype.push = push;
  }
  expect(builtIns.changed()).toBeUndefined();
});
