import { describe, expect, it, vi } from 'vitest';
import { decodeResult, ManyhandsError, type LeaseComputed } from '@manyhands/proto';
import { aComputeLease } from '@manyhands/testkit';
import { AnswerStore } from './answer-store.ts';
import { answerOf } from './lease-answer.ts';
import { PartStore } from './part-store.ts';
import type { HandInOutcome, ResultDesk } from './result-desk.ts';

const lease = aComputeLease({ begin: 0, end: 4, total: 4, output: 'lines' });
const runner = { worker: 'w', slot: 0, delivery: 1 };
const lines = { is: 'computed', bytes: new Uint8Array(7), segments: [[0, 4, 7]], failed: [], computeMs: 1 } as const;

function stores(store: (name: string) => Promise<unknown>, outcomes: HandInOutcome['is'][] = [], waitingBytesMax = 100) {
  const happened: string[] = [];
  const published: Uint8Array[] = [];
  const results = {
    isFull: false,
    async handIn(_job: string, _lease: string, data: Uint8Array): Promise<HandInOutcome> {
      happened.push('result');
      published.push(data);
      const is = outcomes.shift() ?? 'stored';
      return is === 'refused' ? { is, error: new Error('never') } : { is };
    },
  };
  const warn = vi.fn();
  const parts = new PartStore(
    async (_lease, name) => {
      await store(name);
      happened.push(`part ${name}`);
    },
    { warn } as never,
    waitingBytesMax,
  );
  const answers = new AnswerStore(results as unknown as ResultDesk, parts);
  const over = new AbortController();
  const put = async (answer = answerOf(lease, runner, { ...lines, failed: [], segments: [[0, 4, 7]] })!) =>
    answers.store(lease, runner, answer, 0, { over: over.signal });
  return { answers, happened, published, put, over, warn };
}

describe('the answer of a lease', () => {
  it('is published when its parts are stored, under a new name each time, and names them', async () => {
    const { put, happened, published } = stores(() => Promise.resolve());
    expect([await put(), await put()]).toEqual(['stored', 'stored']);
    const [first, second] = published.map((data) => decodeResult(data) as LeaseComputed);
    expect(happened).toEqual([`part ${first!.stored!.name}`, 'result', `part ${second!.stored!.name}`, 'result']);
    expect(first!.stored).toEqual({ name: expect.stringMatching(/^o-0-4-0-[A-Za-z0-9_-]{16}$/) as string, from: 0, bytes: 7 });
    expect(first!.stored!.name).not.toBe(second!.stored!.name);
    expect(first!.segments).toEqual([[0, 4, 7]]);
  });

  it('waits while the store is full, whose slots then take nothing new, and is lost by no try', async () => {
    vi.useFakeTimers();
    try {
      const names: string[] = [];
      let isFull = true;
      const { put, answers, published, warn } = stores(
        (name) => (names.push(name), isFull ? Promise.reject(new ManyhandsError('unavailable', 'full')) : Promise.resolve()),
        [],
        7,
      );
      expect(answers.isFull).toBe(false);
      const putting = put();
      expect(answers.isFull).toBe(true);
      await vi.advanceTimersByTimeAsync(20_000);
      expect(published).toEqual([]);
      isFull = false;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(await putting).toBe('stored');
      expect(answers.isFull).toBe(false);
      expect(new Set(names).size).toBe(names.length);
      expect((decodeResult(published[0]!) as LeaseComputed).stored!.name).toBe(names.at(-1));
      expect(warn).toHaveBeenCalledTimes(names.length - 1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not published when it is over before its parts are stored', async () => {
    const { put, over, published } = stores(() => Promise.reject(new ManyhandsError('unavailable', 'full')));
    const putting = put();
    over.abort();
    expect(await putting).toBe('stopped');
    const late = stores(async () => late.over.abort());
    expect(await late.put()).toBe('stopped');
    expect([published, late.published]).toEqual([[], []]);
  });

  it('that the server never takes is a failure of the lease', async () => {
    const parts = stores(() => Promise.reject(new ManyhandsError('too_large', 'over')));
    expect(await parts.put()).toBe('stored');
    expect(decodeResult(parts.published[0]!)).toMatchObject({
      type: 'LeaseFailed',
      error: { code: 'too_large', retryable: true },
    });
    const result = stores(() => Promise.resolve(), ['refused']);
    expect(await result.put()).toBe('stored');
    expect(decodeResult(result.published[1]!)).toMatchObject({ type: 'LeaseFailed' });
    expect(await stores(() => Promise.resolve(), ['refused', 'closed']).put()).toBe('closed');
    expect(await stores(() => Promise.resolve(), ['closed']).put()).toBe('closed');
  });

  it('states what went back because the slot did not get it', async () => {
    const { put, published } = stores(() => Promise.resolve());
    await put(answerOf(lease, runner, { is: 'computed', text: '1\n', segments: [[0, 1, 2]], failed: [], computeMs: 0 }, 3));
    await put(
      answerOf(lease, runner, { is: 'computed', text: '1\n', segments: [[0, 1, 2]], failed: [], leftFrom: 1, computeMs: 0 }, 3),
    );
    expect(published.map((data) => (decodeResult(data) as LeaseComputed).left)).toEqual([[[3, 4]], [[1, 4]]]);
  });
});
