import { expect, it } from 'vitest';
import { PageRing } from './page-ring.ts';

const page = (sequence: number, place: number) => ({
  sequence,
  subject: `answered.local.job.${place}`,
  data: new Uint8Array([sequence]),
});

it('holds the newest page of each place, in the order of storing', () => {
  const ring = new PageRing();
  for (const [sequence, place] of [
    [3, 0],
    [5, 1],
    [9, 0],
  ] as const)
    expect(ring.add(page(sequence, place))).toMatchObject({ sequence, place });
  expect(ring.lines.map(({ sequence, place }) => [sequence, place])).toEqual([
    [5, 1],
    [9, 0],
  ]);
});

it('begins again with a stream that was created again', () => {
  const ring = new PageRing();
  ring.add(page(9, 0));
  ring.add(page(2, 4));
  expect(ring.lines.map(({ place }) => place)).toEqual([4]);
});
