import { describe, expect, it } from 'vitest';
import { PAST_MS_MAX, pastsSeen, type Sighting, type Stored } from './sightings.ts';

const seen = (atMs: number, completed: number, more: Partial<Sighting> = {}): Sighting => ({
  atMs,
  completed,
  job: 'j',
  round: 0,
  isOver: false,
  watcher: 'w',
  through: 'list of gateway-1',
  ...more,
});
const stored = (atMs: number, completed: number, more: Partial<Stored> = {}): Stored => ({
  atMs,
  completed,
  job: 'j',
  round: 0,
  isOver: false,
  ...more,
});

describe('what watchers saw', () => {
  it('holds while it rises and is no older than the limit', () => {
    expect(
      pastsSeen(
        [seen(10, 1), seen(20, 1), seen(30, 4, { isOver: true }), seen(40, 0, { round: 1 })],
        [stored(9, 1), stored(29, 4, { isOver: true })],
      ),
    ).toEqual([]);
    expect(pastsSeen([seen(10, 5), seen(11, 4, { watcher: 'another' }), seen(12, 3, { job: 'k' })], [])).toEqual([]);
    expect(pastsSeen([seen(PAST_MS_MAX + 10, 1)], [stored(10, 9)])).toEqual([]);
  });

  it.each<[string, Sighting[], Stored[], RegExp]>([
    [
      'progress falls',
      [seen(10, 5), seen(20, 4, { through: 'list of gateway-2' })],
      [],
      /^w saw j fall from 5 chunks \(list of gateway-1, at 0.0 s\) to 4 chunks \(list of gateway-2/,
    ],
    ['what was over runs again', [seen(10, 5, { isOver: true }), seen(20, 5)], [], /fall from 5 chunks, over/],
    ['a round is taken back', [seen(10, 0, { round: 1 }), seen(20, 9)], [], /fall from 0 chunks, round 1/],
    [
      'a state is old',
      [seen(PAST_MS_MAX + 20, 1)],
      [stored(10, 2)],
      /^w was shown 1 chunks .* of j, 5\.0 s after 2 chunks was stored/,
    ],
    ['an end is not told', [seen(PAST_MS_MAX + 20, 2)], [stored(10, 2, { isOver: true })], /after 2 chunks, over was stored/],
  ])('is the past when %s', (_, sightings, truth, says) => expect(pastsSeen(sightings, truth).join('\n')).toMatch(says));
});
