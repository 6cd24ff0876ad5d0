import { limits } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { checkParams, compileParams } from './params-check.ts';

const check = (pattern: string, texts: string[]) => () =>
  checkParams(
    compileParams({ type: 'object', properties: { texts: { type: 'array', items: { type: 'string', pattern } } } }),
    { texts },
    false,
  );

/**
 * At most 25 ms as the service runs; the coverage of the test run makes it up to four times as much. An engine that tracks back needs minutes.
 */
const heldMsMax = 100;

/** The event loop is held by what is counted here, and by nothing beside. The best of three: the first also compiles. */
function leastMs(run: () => void): number {
  const once = (): number => {
    const from = process.threadCpuUsage();
    try {
      run();
    } catch {
      // Refused, which is right.
    }
    const { user, system } = process.threadCpuUsage(from);
    return (user + system) / 1_000;
  };
  return Math.min(once(), once(), once());
}

const long = `${'a'.repeat(limits.paramsBytesMax - 100)}!`;

// Seen: `^(a+)+$` held the loop for minutes over 40 letters.
test.each(['^(a+)+$', '^(a|a)*$', '^(a*a*)*b', 'a*a*a*a*b', '^([a-z]+-?)*$', '(a?){200}a{200}'])(
  'the pattern %s of a kind does not hold the event loop',
  (pattern) => {
    const texts = [[long], Array.from({ length: 60 }, () => 'a'.repeat(1_000) + '!')];
    for (const given of texts) {
      const compiled = compileParams({
        type: 'object',
        properties: { texts: { type: 'array', items: { type: 'string', pattern } } },
      });
      expect(leastMs(() => checkParams(compiled, { texts: given }, false))).toBeLessThan(heldMsMax);
    }
  },
);

test('patterns mean what they mean in JavaScript', () => {
  expect(check('^[1-9][0-9]{0,29}$', ['1', '12345678901234567890'])).not.toThrow();
  expect(check('^[1-9][0-9]{0,29}$', ['0'])).toThrow();
  expect(check('\\d+x', ['a7x'])).not.toThrow();
  expect(check('^(?<year>\\d{4})-\\u0041$', ['2026-A'])).not.toThrow();
});

test('a pattern that only backtracking can match, or that is too large, is no schema of a kind', () => {
  expect(check('(?=a)a', ['a'])).toThrow(/pars|pattern/);
  expect(check('(a)\\1', ['aa'])).toThrow(/pars|pattern/);
  expect(check('(a?){900}(b?){900}', ['a'])).toThrow(/too large/);
});
