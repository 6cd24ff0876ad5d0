import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ManyhandsError, newInputId, type ComputeLease, type InputRecord } from '@manyhands/proto';
import { aComputeLease } from '@manyhands/testkit';
import type { SlotTask } from '../slot/slot-messages.ts';
import { InputParts } from './input-parts.ts';
import { fetchedAlready, LeaseInputs, needsFetching, type Fetched, type LeaseInputsOptions } from './lease-inputs.ts';

const id = newInputId();
const never = new AbortController().signal;

function inputsOf(
  texts: readonly string[],
  options: Partial<LeaseInputsOptions> = {},
  form: InputRecord['form'] = 'ndjson',
): LeaseInputs {
  const parts = texts.map((text) => text.split('\n').filter((record) => record !== '').length);
  const record = { input_id: id, form, parts } as unknown as InputRecord;
  return new LeaseInputs({
    parts: new InputParts({
      record: () => Promise.resolve(record),
      part: (_tenant, _input, part) => Promise.resolve(Buffer.from(`more${texts[part]!}`).subarray(4)),
    }),
    readStored: (_tenant, _job, { from, bytes }) =>
      Promise.resolve(new TextEncoder().encode('0123456789'.slice(from, from + bytes))),
    ...options,
  });
}

function aLease(begin: number, end: number, input: Partial<ComputeLease['input']> & { records: number }): ComputeLease {
  return aComputeLease({ begin, end, total: 1_000, input: { id, by: 'record', ...input } });
}

function pieces(fetched: Fetched | undefined): string[] {
  const { task } = fetched as Fetched & { is: 'fetched' };
  return task.op === 'compute' ? task.input!.pieces.map((piece) => Buffer.from(piece).toString()) : [];
}

describe('what a lease needs', () => {
  it('is the records of its chunks, whatever the parts, the batch and the span are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(100),
        fc.nat(100),
        fc.boolean(),
        async (counts, batch, from, more, isEnded) => {
          const records = counts.reduce((sum, count) => sum + count, 0);
          const all = Array.from({ length: records }, (_, at) => `"ä${at}"`);
          let at = 0;
          const texts = counts.map((count) => all.slice(at, (at += count)).join('\n') + (isEnded ? '\n' : ''));
          const chunks = Math.ceil(records / batch);
          const begin = from % chunks;
          const end = begin + 1 + (more % (chunks - begin));
          const fetched = await inputsOf(texts).fetch(aLease(begin, end, { records, batch }), never);
          expect(fetched).not.toHaveProperty('end');
          expect(pieces(fetched)).toEqual([`${all.slice(begin * batch, end * batch).join('\n')}\n`]);
        },
      ),
    );
  });

  it('is marked as rows of CSV where the input was sent as that, with or without the name of a kind', async () => {
    const isRows = async (form: InputRecord['form']): Promise<unknown> => {
      const fetched = await inputsOf(['{"n":"1"}\n'], {}, form).fetch(aLease(0, 1, { records: 1 }), never);
      return ((fetched as Fetched & { is: 'fetched' }).task as SlotTask & { op: 'compute' }).input!.areRows;
    };
    expect(await isRows('csv')).toBe(true);
    expect(await isRows('ndjson')).toBeUndefined();
  });

  it('is no more than a slot may get: the chunks whose records do not fit go back', async () => {
    const texts = ['1\n2\n3\n', '4\n5\n6\n'];
    const cut = async (bytesMax: number, end = 6, batch = 1) =>
      inputsOf(texts, { bytesMax }).fetch(aLease(0, end, { records: 6, batch }), never);
    expect(await cut(12)).not.toHaveProperty('end');
    expect(await cut(11)).toMatchObject({ end: 5, task: { begin: 0, end: 5 } });
    expect(pieces(await cut(11))).toEqual(['1\n2\n3\n4\n5\n']);
    expect(pieces(await cut(4))).toEqual(['1\n2\n']);
    // Not half a batch.
    expect(await cut(11, 3, 2)).toMatchObject({ end: 2 });
    expect(pieces(await cut(11, 3, 2))).toEqual(['1\n2\n3\n4\n']);
    expect(pieces(await cut(6, 3, 2))).toEqual(['1\n2\n']);
    expect(await cut(6, 2, 4)).toEqual({
      is: 'failed',
      error: expect.objectContaining({ code: 'too_large', retryable: true }) as unknown,
    });
    expect(await cut(6, 1, 4)).toMatchObject({ is: 'failed', error: { code: 'too_large', retryable: false } });
    const byPart = inputsOf(texts, { bytesMax: 6 });
    const fetched = await byPart.fetch(aLease(0, 2, { records: 6, by: 'part' }), never);
    expect(fetched).toMatchObject({ end: 1, task: { end: 1 } });
    expect(pieces(fetched)).toEqual(['1\n2\n3\n']);
  });

  it('is in memory of its own, which can be given to a slot', async () => {
    const inputs = inputsOf(['1\n2\n']);
    const first = (await inputs.fetch(aLease(0, 2, { records: 2 }), never)) as Fetched & { is: 'fetched' };
    const { input } = first.task as SlotTask & { op: 'compute' };
    structuredClone(input, { transfer: input!.pieces.map(({ buffer }) => buffer) });
    const part = await inputs.fetch(aLease(0, 1, { records: 2, by: 'part' }), never);
    const [piece] = ((part as Fetched & { is: 'fetched' }).task as SlotTask & { op: 'compute' }).input!.pieces;
    expect(piece!.buffer.byteLength).toBe(piece!.length);
    expect(pieces(await inputs.fetch(aLease(0, 2, { records: 2 }), never))).toEqual(['1\n2\n']);
  });

  it('is nothing where the lease carries all of it', () => {
    expect(needsFetching(aComputeLease({ begin: 0, end: 2 }))).toBe(false);
    expect(fetchedAlready(aComputeLease({ begin: 0, end: 2, output: 'ordered' }))).toMatchObject({ task: { output: 'ordered' } });
    const merge = (given: object, output?: 'lines') =>
      aComputeLease({
        task: { op: 'merge', attempt: 0, inputs: [{ id: 'a', ...given }], last: true },
        ...(output && { output }),
      });
    expect(needsFetching(merge({ partial: null }))).toBe(false);
    expect(fetchedAlready(merge({ partial: null }))).toEqual({
      is: 'fetched',
      task: { op: 'merge', partials: [null], last: true },
    });
    expect(needsFetching(merge({ stored: { name: 'x', from: 0, bytes: 1 } }))).toBe(true);
    expect(needsFetching(merge({ text: '1\n' }, 'lines'))).toBe(true);
  });
});

describe('a lease whose input cannot be read', () => {
  const failing = (error: Error, again = 1) => {
    let tries = 0;
    const inputs = inputsOf([], {
      againMs: 1,
      readStored: () => ((tries += 1) > again ? Promise.resolve(new TextEncoder().encode('7')) : Promise.reject(error)),
    });
    const task = { op: 'merge' as const, attempt: 0, inputs: [{ id: 'a', stored: { name: 'x', from: 0, bytes: 1 } }] };
    return { lease: aComputeLease({ task }), inputs, tries: () => tries };
  };

  it('waits for a server that is away', async () => {
    const { inputs, lease, tries } = failing(new ManyhandsError('unavailable', 'away'), 3);
    expect(await inputs.fetch(lease, never)).toMatchObject({ is: 'fetched' });
    expect(tries()).toBe(4);
  });

  it('fails with input_lost when it is not stored any more, and may be tried again for any other reason', async () => {
    for (const [code, error] of [
      ['not_found', { code: 'input_lost', retryable: false }],
      ['input_lost', { code: 'input_lost', retryable: false }],
      ['undecodable', { code: 'unavailable', retryable: true }],
    ] as const) {
      const { inputs, lease } = failing(new ManyhandsError(code, 'why'));
      expect(await inputs.fetch(lease, never)).toEqual({ is: 'failed', error: { ...error, message: 'why' } });
    }
  });

  it('is forgotten when it is over', async () => {
    const over = new AbortController();
    const { inputs, lease } = failing(new ManyhandsError('unavailable', 'away'), Infinity);
    const fetching = inputs.fetch(lease, over.signal);
    over.abort();
    expect(await fetching).toBeUndefined();
  });
});
