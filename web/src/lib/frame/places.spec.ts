import { describe, expect, it } from 'vitest';
import { isAt, placesOf } from './places.ts';

const who = [
  ['open', true],
  ['in', true],
  ['in', false],
] as const;

describe('placesOf', () => {
  it.each(who)('has four for a phone, each address and each key once: %s, administrator %s', (standing, isAdmin) => {
    const places = placesOf(standing, isAdmin);
    expect(places.filter(({ first }) => first)).toHaveLength(4);
    expect(new Set(places.map(({ href }) => href)).size).toBe(places.length);
    expect(new Set(places.map(({ key }) => key)).size).toBe(places.length);
  });

  it('leads visitors to the docs alone, and users to no operations', () => {
    expect(placesOf('out', false).map(({ id }) => id)).toEqual(['docs']);
    for (const id of ['operations', 'workers']) expect(placesOf('in', false).map((place) => place.id)).not.toContain(id);
  });
});

describe('isAt', () => {
  const [jobs, fresh] = placesOf('open', true);
  it.each([
    [jobs, '/jobs', true],
    [jobs, '/jobs/0199', true],
    [jobs, '/jobsite', false],
    [fresh, '/new', true],
    [fresh, '/', false],
    [fresh, '/jobs', false],
  ])('%o at %s: %s', (place, path, expected) => {
    expect(isAt(place!, path)).toBe(expected);
  });
});
