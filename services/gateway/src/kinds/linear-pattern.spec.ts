import { execFileSync } from 'node:child_process';
import { fnv1a, limits } from '@manyhands/proto';
import { expect, test } from 'vitest';
import { checkParams, compileParams } from './params-check.ts';

const check = (pattern: string, texts: string[]) => () =>
  checkParams(
    compileParams({ type: 'object', properties: { texts: { type: 'array', items: { type: 'string', pattern } } } }),
    { texts },
    false,
  );

const long = `${'a'.repeat(limits.paramsBytesMax - 100)}!`;
const patterns = ['^(a+)+$', '^(a|a)*$', '^(a*a*)*b', 'a*a*a*a*b', '^([a-z]+-?)*$', '(a?){200}a{200}', '^[ab]*a[ab]{200}$'];
/** Letters in no order: for the last pattern each asks for a new state of the engine. */
const mixed = Array.from({ length: limits.paramsBytesMax - 100 }, (_, at) => 'ab'[(fnv1a(`${at}`) >>> 16) & 1]).join('');

/** A check of the whole budget of steps takes 15 times the fixed work. */
const costMax = 60;

/** What a check costs, by pattern and text. In a process of its own, because the coverage of the test run makes our code in its own process slower. */
function costs(): Record<string, number> {
  const program = `
    const { timesOfFixedWork } = await import('@manyhands/testkit/yardstick');
    const { checkParams, compileParams } = await import(${JSON.stringify(new URL('./params-check.ts', import.meta.url).href)});
    const { patterns, texts } = JSON.parse((await import('node:fs')).readFileSync(0, 'utf8'));
    const held = {};
    for (const pattern of patterns)
      for (const [index, given] of texts.entries()) {
        const schema = { type: 'object', properties: { texts: { type: 'array', items: { type: 'string', pattern } } } };
        const compiled = compileParams(schema);
        const once = () => {
          try {
            checkParams(compiled, { texts: given.flatMap(([text, count]) => Array(count).fill(text)) }, false);
          } catch {
            // Refused, which is right.
          }
        };
        held[pattern + ' text ' + index] = timesOfFixedWork(once, ${costMax});
      }
    console.log(JSON.stringify(held));`;
  const asked = {
    patterns,
    texts: [[[long, 1]], [[mixed, 1]], [[`${'a'.repeat(1_000)}!`, 60]]],
  };
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const { NODE_V8_COVERAGE: _, ...env } = process.env;
  return JSON.parse(
    execFileSync(process.execPath, flags, { env, input: JSON.stringify(asked), encoding: 'utf8', timeout: 20_000 }),
  ) as Record<string, number>;
}

// Seen: `^(a+)+$` held the loop for minutes over 40 letters.
test('no pattern of a kind holds the event loop for long', () => {
  const held = costs();
  expect(Object.keys(held)).toHaveLength(3 * patterns.length);
  for (const [what, cost] of Object.entries(held)) expect(cost, what).toBeLessThan(costMax);
});

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
