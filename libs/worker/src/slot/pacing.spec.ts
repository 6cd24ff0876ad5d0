import { limits } from '@manyhands/proto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LATE_MS } from '../pace/gcra.ts';
import { PACE } from './pace-rate.ts';
import { HERE_MS_MAX, Pacing, WAITS_MAX } from './pacing.ts';
import type { PaceAsk } from './slot-messages.ts';
import { SOON_MS, ThreadTurns } from './thread-turns.ts';

function open() {
  const asked: PaceAsk[] = [];
  const pacing = new Pacing((ask) => asked.push(ask));
  const abort = new AbortController();
  const wait = (name: unknown = 'host', rate: unknown = { perSec: 5 }) =>
    pacing.wait({ run: 1, done: 0, name: name as string, rate: rate as { perSec: number }, signal: abort.signal });
  return { asked, pacing, abort, wait };
}

describe('context.pace in the thread', () => {
  it('goes on when its turn is due', async () => {
    const { asked, pacing, wait } = open();
    const waiting = wait();
    expect(asked).toEqual([{ id: 1, run: 1, done: 0, name: 'host', perSec: 5, again: false }]);
    pacing.due(1, Date.now());
    await expect(waiting).resolves.toBeUndefined();
  });

  it('does not use a turn that comes too late, and asks again', async () => {
    const { asked, pacing, wait } = open();
    const went = vi.fn();
    const waiting = wait().then(went);
    pacing.due(1, Date.now() - LATE_MS - 1);
    await new Promise(setImmediate);
    expect(went).not.toHaveBeenCalled();
    expect(asked[1]).toMatchObject({ id: 1, again: true });
    pacing.due(1, Date.now());
    await waiting;
  });

  it('ends with the reason when its signal aborts, before or while it waits', async () => {
    const { asked, pacing, abort, wait } = open();
    const waiting = wait();
    abort.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    await expect(wait()).rejects.toThrow('cancelled');
    expect(asked).toHaveLength(1);
    pacing.due(1, Date.now());
  });

  it('uses turns that it was given without asking, and asks ahead for more', async () => {
    // A moment in which the process gets no core would make them late.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { asked, pacing, wait } = open();
    const first = wait('host', { perSec: 1_000 });
    pacing.due(1, Date.now(), { firstAtMs: Date.now() - 4, everyMs: 1, count: 3 });
    await first;
    await wait('host', { perSec: 1_000 });
    expect(asked.slice(1)).toEqual([{ id: 2, run: 1, done: 0, name: 'host', perSec: 1_000, again: false, ahead: true }]);
    pacing.due(2, undefined, { firstAtMs: Date.now() - 1, everyMs: 1_000, count: 1 });
    await wait('host', { perSec: 1_000 });
    expect(asked.filter(({ ahead }) => !ahead)).toHaveLength(1);
  });

  it('uses a turn that another seat of its thread was given, and waits for the slot no more', async () => {
    const turns = new ThreadTurns();
    const asked: PaceAsk[] = [];
    const [first, second] = [new Pacing(() => {}, turns), new Pacing((ask) => asked.push(ask), turns)];
    const { signal } = new AbortController();
    const call = { run: 1, done: 0, name: 'host', rate: { perSec: 1_000 }, signal };
    const [one, two] = [first.wait(call), second.wait(call)];
    first.due(1, Date.now(), { firstAtMs: Date.now() + 2, everyMs: 1, count: 50 });
    await Promise.all([one, two]);
    expect(asked.map(({ id, over }) => ({ id, over }))).toEqual([
      { id: 1, over: undefined },
      { id: 1, over: true },
    ]);
    // The turn that the slot had sent by then: it is nothing any more.
    second.due(1, Date.now());
    expect(asked).toHaveLength(2);
  });

  it('waits here for a turn that is due soon, in one chunk for so long that its clock is not far off', async () => {
    vi.useFakeTimers();
    const turns = new ThreadTurns();
    const asked: PaceAsk[] = [];
    const pacing = new Pacing((ask) => asked.push(ask), turns);
    const { signal } = new AbortController();
    const call = (done: number) => pacing.wait({ run: 1, done, name: 'host', rate: { perSec: 250 }, signal });
    turns.put('host', 250, { firstAtMs: Date.now() + SOON_MS, everyMs: SOON_MS, count: 1_000 });
    const beganAtMs = Date.now();
    const due: number[] = [];
    for (let calls = 0; calls < HERE_MS_MAX / SOON_MS; calls += 1) {
      const waiting = call(0).then(() => due.push(Date.now() - beganAtMs));
      await vi.advanceTimersByTimeAsync(SOON_MS);
      await waiting;
    }
    expect(due).toEqual(due.map((_, at) => (at + 1) * SOON_MS));
    expect(asked).toEqual([]);
    void call(0);
    expect(asked).toHaveLength(1);
    const next = call(1);
    await vi.advanceTimersByTimeAsync(SOON_MS);
    await next;
    expect(asked).toHaveLength(1);
    vi.useRealTimers();
  });

  it.each([[''], [undefined], [7], ['x'.repeat(PACE.nameCharsMax + 1)]])('refuses the key %j for good', async (name) => {
    await expect(open().wait(name === undefined ? null : name)).rejects.toMatchObject({
      error: {
        code: 'compute_refused',
        message: expect.stringContaining('pace: the key must be a text of 1 to 100 characters') as unknown,
      },
    });
  });

  it.each([
    [{ perSec: 0 }],
    [{ perSec: PACE.perSecMin * 0.999 }],
    [{ perSec: PACE.perSecMax + 1 }],
    [{ perSec: Number.NaN }],
    [{ perSec: '5' }],
    [{}],
    [5],
    [null],
  ])('refuses the rate %j for good', async (rate) => {
    await expect(open().wait('host', rate)).rejects.toMatchObject({
      error: { code: 'compute_refused', message: expect.stringContaining('perSec, a number from 0.001 to 10000') as unknown },
    });
  });

  it('takes the longest key, and the lowest and the highest rate', () => {
    const { asked, wait } = open();
    void wait('x'.repeat(PACE.nameCharsMax), { perSec: PACE.perSecMin });
    void wait('x', { perSec: PACE.perSecMax });
    expect(asked).toHaveLength(2);
    expect([PACE.nameCharsMax, PACE.perSecMin, PACE.perSecMax]).toEqual([
      limits.paceNameCharsMax,
      limits.pacePerSecMin,
      limits.pacePerSecMax,
    ]);
  });

  it('refuses one wait more than fit, until one is over', async () => {
    const { pacing, wait } = open();
    for (let waits = 0; waits < WAITS_MAX; waits += 1) void wait();
    await expect(wait()).rejects.toThrow(`more than ${WAITS_MAX} calls of pace wait at once: await each of them`);
    pacing.due(1, undefined);
    void wait();
    await expect(wait()).rejects.toThrow('await each of them');
  });
});
