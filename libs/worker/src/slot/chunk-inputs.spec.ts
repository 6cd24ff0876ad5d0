import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { bytes, csv, items, lines, ndjson, type Task } from '../task.ts';
import { ChunkInputs, misfitOf } from './chunk-inputs.ts';
import type { SlotInput } from './slot-messages.ts';

const piece = (text: string) => new TextEncoder().encode(text);
const records = (text: string, batch?: number): SlotInput => ({
  by: 'record',
  pieces: [piece(text)],
  ...(batch !== undefined && { batch }),
});
const parts = (...texts: string[]): SlotInput => ({ by: 'part', pieces: texts.map(piece) });
const task = (input?: Task['input']) => ({ name: 'demo', input });

describe('what a chunk gets', () => {
  it('is its record, read when its turn comes and not before', () => {
    const read = vi.spyOn(JSON, 'parse');
    const inputs = new ChunkInputs(items(), records('{"a":"ä😀"}\n"two\\n lines"\nnull\n'), 7);
    expect(read).not.toHaveBeenCalled();
    expect(inputs.of(7)).toEqual({ a: 'ä😀' });
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
    expect([8, 9].map((chunk) => inputs.of(chunk))).toEqual(['two\n lines', null]);
    expect(() => inputs.of(10)).toThrow('chunk 10 has no records');
  });

  it('is a batch of records, of which the last may have fewer; a batch of one is an array too', () => {
    const inputs = new ChunkInputs(items(undefined, { batch: 2 }), records('1\n2\n3', 2), 0);
    expect([inputs.of(0), inputs.of(1)]).toEqual([[1, 2], [3]]);
    expect(new ChunkInputs(items(undefined, { batch: 1 }), records('1\n'), 0).of(0)).toEqual([1]);
  });

  it('is the records of its part, or the bytes of it', () => {
    const inputs = new ChunkInputs(ndjson(), parts('1\n2\n', '3\n'), 4);
    expect([inputs.of(4), inputs.of(5)]).toEqual([[1, 2], [3]]);
    expect(new ChunkInputs(lines(), parts('"a"\n'), 0).of(0)).toEqual(['a']);
    expect(new ChunkInputs(bytes(), parts('\0\n'), 3).of(3)).toEqual(new Uint8Array([0, 10]));
  });

  it('is what the schema made of it; a plain JSON Schema makes nothing', () => {
    const Row = z.object({ day: z.string(), cents: z.coerce.number() });
    expect(new ChunkInputs(csv(Row), parts('{"day":"1","cents":"7","x":""}\n'), 0).of(0)).toEqual([{ day: '1', cents: 7 }]);
    expect(new ChunkInputs(items({ type: 'object', properties: { n: { default: 7 } } }), records('{"m":"1"}'), 0).of(0)).toEqual({
      m: '1',
    });
  });

  it('is the same of a row of CSV, in which texts stand for numbers and for true and false', () => {
    const rows = '{"n":"12","open":"TRUE","name":"7","note":""}\n{"n":"9007199254740993","open":"true","name":"8","note":""}\n';
    const Row = z.object({ n: z.int(), open: z.boolean(), name: z.string(), note: z.number().optional() });
    for (const schema of [Row, z.toJSONSchema(Row, { io: 'input' })]) {
      const inputs = new ChunkInputs(items(schema as typeof Row), { ...records(rows), areRows: true }, 0);
      expect(inputs.of(0)).toEqual({ n: 12, open: true, name: '7' });
      expect(() => inputs.of(1)).toThrow('item 1 does not fit its schema: n: 9007199254740993 would be rounded to');
      // The same as values, which nobody has read as texts of CSV.
      expect(() => new ChunkInputs(items(schema as typeof Row), records(rows), 0).of(0)).toThrow(
        'item 0 does not fit its schema: n: ',
      );
    }
    expect(new ChunkInputs(csv(Row), parts('{"n":"1","open":"false","name":"x","note":"3"}\n'), 0).of(0)).toEqual([
      { n: 1, open: false, name: 'x', note: 3 },
    ]);
  });

  it('is refused for good when the schema refuses it, and the next one is read all the same', () => {
    const refused = (sentence: RegExp) =>
      expect.objectContaining({
        error: { code: 'compute_refused', message: expect.stringMatching(sentence) as string, retryable: false },
      }) as Error;
    // Seen: of a plain JSON Schema nothing was held against an item that came without the name of its kind.
    for (const schema of [
      z.object({ n: z.int() }),
      { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    ]) {
      const one = new ChunkInputs(items(schema as z.ZodObject), records('{"n":"x"}\n{"n":2}\n{}'), 7);
      expect(() => one.of(7)).toThrow(refused(/^item 7 does not fit its schema: n: /));
      expect(one.of(8)).toEqual({ n: 2 });
      expect(() => one.of(9)).toThrow(refused(/^item 9 does not fit its schema: /));
    }
    const batches = new ChunkInputs(items(z.int(), { batch: 2 }), records('1\n"x"\n3\n4\n', 2), 3);
    expect(() => batches.of(3)).toThrow(refused(/^item 7 does not fit/));
    expect(batches.of(4)).toEqual([3, 4]);
    expect(() => new ChunkInputs(ndjson(z.int()), parts('1\n', '2\n"x"\n'), 0).of(1)).toThrow(
      refused(/^record 2 of part 1 does/),
    );
  });
});

it('a job that was cut otherwise than its kind takes it does not fit', () => {
  expect(misfitOf(task(), undefined)).toBeUndefined();
  expect(misfitOf(task(items()), records('1'))).toBeUndefined();
  expect(misfitOf(task(items(undefined, { batch: 9 })), records('1', 3))).toBeUndefined();
  expect(misfitOf(task(csv()), parts(''))).toBeUndefined();
  expect(misfitOf(task(), records('1'))).toMatch('takes no input, and the job has one');
  expect(misfitOf(task(items()), undefined)).toMatch('the job has none');
  expect(misfitOf(task(items()), parts('1'))).toMatch('submit the job again');
  expect(misfitOf(task(bytes()), records('1'))).toMatch('submit the job again');
  expect(misfitOf(task(items()), records('1\n2', 2))).toMatch('submit the job again');
});
