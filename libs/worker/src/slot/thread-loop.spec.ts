import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createSignal, eventually } from '@manyhands/testkit';
import { SharedCells } from './cell-store.ts';
import { SlotCells } from './slot-cells.ts';
import type { ThreadCommand, ThreadReport } from './slot-messages.ts';
import { serveSlot } from './thread-loop.ts';
import { aSlotBounds } from './slot-bounds.fixture.ts';

const kinds = new URL('../../trial/kinds.ts', import.meta.url).href;
const one = { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 1, total: 1 } as const;

/** A slot's thread without the thread. */
async function serve(kindModules = [kinds]) {
  const heard = createSignal<ThreadReport>();
  const port = Object.assign(new EventEmitter(), { postMessage: (report: ThreadReport) => heard.emit(report.is, report) });
  const shared = new SharedCells();
  const cells = new SlotCells(shared);
  await serveSlot(port as never, {
    kindModules: kindModules.map((address) => ({ address })),
    cells: shared.memory,
    bounds: aSlotBounds(),
    memoryMb: 64,
  });
  return { heard, cells, tell: (command: ThreadCommand) => port.emit('message', command) };
}

describe('serveSlot', () => {
  it('says which kinds it loaded, and answers each run', async () => {
    const { heard, tell } = await serve();
    expect(await heard.wait('ready')).toMatchObject({
      kinds: expect.arrayContaining([expect.objectContaining({ name: 'count' })]) as unknown,
    });
    tell({ do: 'run', run: 1, kind: 'count', params: {}, task: one, softLimitSec: 1 });
    tell({ do: 'run', run: 2, kind: 'patient', params: {}, task: one, softLimitSec: 1 });
    expect(await heard.wait('over')).toMatchObject({ run: 1, outcome: { is: 'computed', partial: '1' } });
    expect(await heard.wait('over')).toMatchObject({ run: 2, outcome: { is: 'computed', partial: '1' } });
  });

  it('answers for a kind it does not know', async () => {
    const { heard, tell } = await serve();
    tell({ do: 'run', run: 1, kind: 'nope', params: {}, task: one, softLimitSec: 1 });
    expect(await heard.wait('over')).toMatchObject({ outcome: { is: 'failed', error: { code: 'unknown_kind' } } });
  });

  it('fires the abort event of the run that is cancelled, and of no other', async () => {
    const { heard, tell, cells } = await serve();
    tell({ do: 'run', run: 5, kind: 'patient', params: { forever: true }, task: one, softLimitSec: 1 });
    tell({ do: 'cancel', run: 4 });
    expect(heard.count('over')).toBe(0);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    cells.cancel(5);
    tell({ do: 'cancel', run: 5 });
    expect(await heard.wait('over')).toMatchObject({ run: 5, outcome: { is: 'cancelled' } });
    tell({ do: 'run', run: 6, kind: 'patient', params: {}, task: one, softLimitSec: 1 });
    expect(await heard.wait('over')).toMatchObject({ run: 6, outcome: { is: 'computed', partial: '1' } });
  });

  it('fires the abort event of a chunk that used up its time, while the others of its run count', async () => {
    const { heard, tell, cells } = await serve();
    tell({
      do: 'run',
      run: 5,
      kind: 'patient',
      params: { forever: [1] },
      task: { op: 'compute', attempt: 1, jobId: 'job', begin: 0, end: 3, total: 3 },
      softLimitSec: 1,
    });
    await eventually(() => expect(cells.done).toBe(1));
    cells.overdue(5, 0);
    tell({ do: 'overdue', run: 5 });
    expect(heard.count('over')).toBe(0);
    cells.overdue(5, 1);
    tell({ do: 'overdue', run: 5 });
    expect(await heard.wait('over')).toMatchObject({
      outcome: { is: 'computed', partial: '2', failed: [{ chunk: 1, error: { code: 'time_limit' } }] },
    });
  });

  it('shows a synchronous kernel that it is cancelled', async () => {
    const { heard, tell, cells } = await serve();
    cells.cancel(3);
    tell({
      do: 'run',
      run: 3,
      kind: 'gated',
      params: { until: '/nonexistent/gate', obedient: true },
      task: one,
      softLimitSec: 1,
    });
    expect(await heard.wait('over')).toMatchObject({ outcome: { is: 'cancelled' } });
  });

  it.each([
    [[new URL('./slot-cells.ts', import.meta.url).href], /slot-cells.ts exports no task: export what defineTask\(…\) returns/],
    [[kinds, `${kinds}?again`], /two tasks are named "count", in .*kinds.ts and in .*kinds.ts\?again: rename one/],
    [['file:///nonexistent/kinds.ts'], /nonexistent/],
  ])('says why it cannot load %j', async (modules, why) => {
    const { heard } = await serve(modules);
    expect(await heard.wait('broken')).toMatchObject({ message: expect.stringMatching(why) as string });
  });
});
