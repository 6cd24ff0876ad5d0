import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFound, searchedCharsMax, searchedText, wordsOf, type Searched } from './job-search.ts';

const id = '0199aaaa-0000-7000-8000-00000000000a';
const job: Searched = {
  params: { n: 1_000_000, site: 'https://Example.org' },
  tags: { team: 'Web' },
  error: { code: 'compute_failed', message: 'the server answered 503' },
  detail: 'A chunk is dead.',
};
const finds = (typed: string, of: Searched = job) => isFound(wordsOf(typed), id, 'scrape', searchedText(of));

test.each([
  '',
  '  ',
  'scrape',
  '0199aaaa',
  '00000a',
  'team=web',
  'EXAMPLE',
  'n:1000000',
  '1,000,000',
  '"site"',
  '503 scrape',
  'compute_failed',
])('finds a job by %j', (typed) => expect(finds(typed)).toBe(true));

test.each(['primes', '504', '503 primes', 'team=db', '1,000,001'])('does not find it by %j', (typed) => {
  expect(finds(typed)).toBe(false);
});

test('the detail of a job is searched where it has no error', () => {
  expect([finds('dead'), finds('dead', { ...job, error: null })]).toEqual([false, true]);
});

test('every word of a job finds it, in any order and any case, together with any other of its words', () => {
  const word = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 6 }), fc.boolean(), (words, upper) => {
      const made: Searched = {
        params: { list: words.slice(0, 3) },
        tags: Object.fromEntries(words.slice(3).map((one) => [one, one])),
      };
      const typed = words.toReversed().join('  ');
      expect(finds(upper ? typed.toUpperCase() : typed, made)).toBe(true);
    }),
  );
});

test('a job is searched by no more than so much of it, however long it is', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000 }), fc.string({ maxLength: 2_000 }), (value, message) => {
      const text = searchedText({ params: { value }, tags: { value }, error: { code: 'x', message } });
      expect(text.length).toBeLessThanOrEqual(2 * (3 * searchedCharsMax + 2));
    }),
  );
});
