import { describe, expect, it } from 'vitest';
import { freshnessOf, isPast, type Signs } from './freshness.ts';

const live: Signs = {
  connection: 'open',
  everOpen: true,
  attempts: 0,
  verdict: 'fresh',
  current: true,
  natsAway: false,
  renewing: false,
};

describe('freshnessOf', () => {
  it.each<[string, Partial<Signs>, string]>([
    ['all is well', {}, 'live'],
    ['it was just asked', { verdict: 'ask' }, 'live'],
    ['nothing came for long', { verdict: 'old' }, 'old'],
    ['the gateway cannot know', { current: false }, 'old'],
    ['NATS is away', { natsAway: true }, 'away'],
    ['NATS is away and the gateway has closed the connection', { natsAway: true, connection: 'waiting' }, 'away'],
    ['the connection broke', { connection: 'waiting' }, 'cut'],
    ['it is tried again at once', { connection: 'connecting', attempts: 1 }, 'cut'],
    ['the connection is renewed because its time was over', { connection: 'connecting', attempts: 1, renewing: true }, 'live'],
    ['the page has just been opened', { connection: 'connecting', everOpen: false, attempts: 1 }, 'starting'],
    ['the first try failed', { connection: 'waiting', everOpen: false, attempts: 1 }, 'cut'],
    ['the second try is under way', { connection: 'connecting', everOpen: false, attempts: 2 }, 'cut'],
  ])('%s', (_, signs, expected) => {
    expect(freshnessOf({ ...live, ...signs })).toBe(expected);
  });

  it('calls all but the present and the first moment the past', () => {
    expect((['starting', 'live', 'old', 'away', 'cut'] as const).filter(isPast)).toEqual(['old', 'away', 'cut']);
  });
});
