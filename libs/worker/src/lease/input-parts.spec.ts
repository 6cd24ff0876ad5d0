import { describe, expect, it } from 'vitest';
import { newInputId, type InputRecord } from '@manyhands/proto';
import { InputParts, RecordPart, type InputReader } from './input-parts.ts';

const id = newInputId();
const bytesOf = (text: string) => new TextEncoder().encode(text);

function reader(texts: readonly string[]): InputReader & { read: number[]; records: number; lost: Set<number> } {
  const parts = texts.map((text) => text.split('\n').length - 1);
  const record = { input_id: id, parts } as unknown as InputRecord;
  const made = {
    read: [] as number[],
    records: 0,
    lost: new Set<number>(),
    record: () => ((made.records += 1), Promise.resolve(record)),
    part: (_tenant: string, _input: string, part: number) => {
      made.read.push(part);
      return made.lost.has(part) ? Promise.reject(new Error('lost')) : Promise.resolve(bytesOf(texts[part]!));
    },
  };
  return made;
}

describe('a part', () => {
  it('knows where each of its records begins, with or without a line break at its end', () => {
    for (const text of ['1\n"ä"\n333\n', '1\n"ä"\n333']) {
      const part = new RecordPart(bytesOf(text), 3);
      expect([0, 1, 2, 3].map((record) => part.begin(record))).toEqual([0, 2, 7, bytesOf(text).length]);
    }
  });

  it('that holds fewer records than its input states is refused', () => {
    expect(() => new RecordPart(bytesOf('1\n2\n'), 3)).toThrow('holds 2 records instead of 3');
  });
});

describe('the parts of inputs', () => {
  it('are read once, also when several leases ask at once; so is the record of the input', async () => {
    const from = reader(['1\n2\n', '3\n']);
    const parts = new InputParts(from);
    const plan = await parts.plan('local', id);
    expect(plan.firsts).toEqual([0, 2, 3]);
    expect(await parts.plan('local', id)).toBe(plan);
    const [one, other] = await Promise.all([parts.part('local', plan, 0), parts.part('local', plan, 0)]);
    expect(other).toBe(one);
    expect(await parts.part('local', plan, 0)).toBe(one);
    expect([from.read, from.records]).toEqual([[0], 1]);
  });

  it('are forgotten when there are more bytes than may be kept, those used longest ago first', async () => {
    const from = reader(['1\n', '2\n', '3\n']);
    const parts = new InputParts(from, 2_500);
    const plan = await parts.plan('local', id);
    for (const part of [0, 1, 0, 2, 0, 1]) await parts.part('local', plan, part);
    expect(from.read).toEqual([0, 1, 2, 1]);
    expect(parts.bytes).toBeLessThanOrEqual(2_500);
  });

  it('that could not be read are asked for again', async () => {
    const from = reader(['1\n']);
    const parts = new InputParts(from);
    const plan = await parts.plan('local', id);
    from.lost.add(0);
    await expect(parts.part('local', plan, 0)).rejects.toThrow('lost');
    from.lost.clear();
    expect((await parts.part('local', plan, 0)).begin(1)).toBe(2);
    expect(parts.bytes).toBeGreaterThan(0);
  });
});
