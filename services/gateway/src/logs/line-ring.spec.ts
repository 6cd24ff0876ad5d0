import { describe, expect, test } from 'vitest';
import { LineRing, RING_BYTES_MAX, RING_LINES_MAX } from './line-ring.ts';

const line = (sequence: number, bytes = 1) => ({ sequence, data: new Uint8Array(bytes) });
const sequences = (lines: readonly { sequence: number }[] | undefined) => lines?.map(({ sequence }) => sequence);

describe('LineRing', () => {
  test('knows what came after a line, as long as it holds all of it', () => {
    const ring = new LineRing();
    expect(sequences(ring.after(0))).toEqual([]);
    for (const sequence of [3, 7, 9]) ring.add(line(sequence));
    expect([0, 3, 5, 9].map((after) => sequences(ring.after(after)))).toEqual([[3, 7, 9], [7, 9], [7, 9], []]);
    expect(ring.lastSequence).toBe(9);
  });

  test('holds as many lines as it may, and one past it leaves the oldest', () => {
    const ring = new LineRing();
    for (let sequence = 1; sequence <= RING_LINES_MAX; sequence += 1) ring.add(line(sequence));
    expect(ring.after(0)).toHaveLength(RING_LINES_MAX);
    ring.add(line(RING_LINES_MAX + 1));
    expect([ring.after(0), ring.after(1)?.length, ring.lines.length]).toEqual([undefined, RING_LINES_MAX, RING_LINES_MAX]);
    expect(new Set(ring.lines.map(({ place }) => place)).size).toBe(RING_LINES_MAX);
  });

  test('holds as many bytes as it may, and one past it leaves the oldest; a line that is larger stays alone', () => {
    const ring = new LineRing();
    ring.add(line(1, RING_BYTES_MAX - 1));
    ring.add(line(2, 1));
    expect(sequences(ring.after(0))).toEqual([1, 2]);
    ring.add(line(3, 1));
    expect([ring.after(0), sequences(ring.after(1))]).toEqual([undefined, [2, 3]]);
    ring.add(line(4, RING_BYTES_MAX + 1));
    expect([sequences(ring.lines), ring.after(2)]).toEqual([[4], undefined]);
  });

  test('a stream that was created again begins from the start', () => {
    const ring = new LineRing();
    for (const sequence of [8, 9]) ring.add(line(sequence));
    ring.add(line(1));
    expect([sequences(ring.after(0)), ring.epoch]).toEqual([[1], 1]);
  });
});
