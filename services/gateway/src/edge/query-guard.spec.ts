import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Problem } from './problem.ts';
import { demandKnown } from './query-guard.ts';

const known = ['status', 'kind', 'limit', 'cursor'];

function refusalOf(query: Record<string, unknown>, names = known): unknown {
  try {
    demandKnown(query, names);
    return undefined;
  } catch (error) {
    return (error as Problem).getResponse();
  }
}

describe('a query', () => {
  // Seen: ?staus=failed listed everything.
  test.each([
    [
      { staus: 'failed' },
      ['query', 'staus'],
      'unknown parameter; did you mean "status"? Else take it out (known: status, kind, limit, cursor)',
    ],
    [{ page: '2' }, ['query', 'page'], 'unknown parameter; take it out (known: status, kind, limit, cursor)'],
    [{ limit: '' }, ['query', 'limit'], 'is empty; give it a value, or leave it out'],
    [{ limit: ['1', '2'] }, ['query', 'limit'], 'must be given once'],
  ])('%j is refused', (query, loc, msg) => {
    expect(refusalOf(query)).toMatchObject({ detail: [{ loc, msg }] });
  });

  test('of a route that knows none says so', () => {
    expect(refusalOf({ verbose: '1' }, [])).toMatchObject({ detail: [{ msg: 'unknown parameter; take it out (known: none)' }] });
  });

  test('is taken exactly when each name is known, given once, and has a value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constantFrom(...known), fc.string()), fc.oneof(fc.string(), fc.array(fc.string())), {
          noNullPrototype: true,
        }),
        (query) => {
          const fits = Object.entries(query).every(
            ([name, value]) => known.includes(name) && typeof value === 'string' && value !== '',
          );
          expect(refusalOf(query) === undefined).toBe(fits);
        },
      ),
    );
  });

  test('of thousands of names has a short answer', () => {
    const query = Object.fromEntries(Array.from({ length: 8_000 }, (_, index) => [`k${index}`, '']));
    expect(JSON.stringify(refusalOf(query)).length).toBeLessThan(16 * 1024);
  });
});
