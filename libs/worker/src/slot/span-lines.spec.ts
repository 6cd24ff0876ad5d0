import { describe, expect, it } from 'vitest';
import { SpanLines } from './span-lines.ts';

const gather = (bytesMax = 100) => new SpanLines({ bytesMax, depthMax: 3, spanBytesMax: 50 });
const fault = (code: string, sentence: string) =>
  expect.objectContaining({ error: { code, message: expect.stringContaining(sentence) as string, retryable: false } }) as Error;

describe('lines of a span', () => {
  it('follow each other, with a segment for each stretch without a gap, counted in bytes', () => {
    const lines = gather();
    for (const [chunk, value] of [
      [3, 'ä'],
      [4, { a: '\n' }],
      [6, null],
    ] as const)
      lines.add(chunk, value, undefined);
    expect(lines.text).toBe('"ä"\n{"a":"\\n"}\nnull\n');
    expect(lines.segments).toEqual([
      [3, 5, 16],
      [6, 7, 5],
    ]);
    expect(lines.bytes).toBe(Buffer.byteLength(lines.text));
    expect(Buffer.from(lines.encoded).toString()).toBe(lines.text);
    // It is handed to another thread whole.
    expect(lines.encoded.buffer.byteLength).toBe(lines.bytes);
  });

  it('are one for each item of a batch, whose chunk leaves all of them or none', () => {
    const lines = gather();
    lines.add(0, [1, [2]], 2);
    expect(() => lines.add(1, [1], 2)).toThrow(fault('compute_refused', 'each of the 2 items of its batch; this one has 1'));
    expect(() => lines.add(1, 'ab', 2)).toThrow(fault('compute_refused', 'each of the 2 items'));
    expect(() => lines.add(1, [1, undefined], 2)).toThrow(fault('compute_refused', 'compute returned nothing'));
    lines.add(2, [], 0);
    expect(Buffer.from(lines.encoded).toString()).toBe(lines.text);
    expect([lines.text, lines.segments]).toEqual([
      '1\n[2]\n',
      [
        [0, 1, 6],
        [2, 3, 0],
      ],
    ]);
  });

  it('must be JSON, and no longer than a line may be, in bytes', () => {
    const lines = gather(10);
    lines.add(0, 'ääää', undefined);
    expect(() => lines.add(1, 'ääääa', undefined)).toThrow(fault('too_large', '11 bytes as JSON; a line may have at most 10'));
    expect(() => lines.add(1, 'a'.repeat(9), undefined)).toThrow(fault('too_large', 'what compute returned is too large'));
    expect(() => lines.add(1, [[[[1]]]], undefined)).toThrow(fault('compute_refused', 'nested deeper than 3'));
    expect(() => lines.add(1, undefined, undefined)).toThrow(fault('compute_refused', 'compute returned nothing'));
    expect(lines.segments).toEqual([[0, 1, 11]]);
  });

  it('are full with so many bytes', () => {
    const lines = gather();
    lines.add(0, 'a'.repeat(46), undefined);
    expect(lines.isFull).toBe(false);
    lines.add(1, '', undefined);
    expect(lines.isFull).toBe(true);
  });
});
