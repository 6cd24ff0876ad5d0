import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundedIn } from './rounded-number.ts';

test.each([
  ['{"id": 9007199254740993}', /^9007199254740993 would be rounded to 9007199254740992; send it as a string/],
  ['[[-9007199254740993]]', /^-9007199254740993 would be rounded/],
  ['9007199254740993.0', /would be rounded/],
  ['{"a":"x","b":[1,576460752303423489]}', /^576460752303423489 would be rounded/],
  ['1e400', /beyond 1\.8e308/],
  ['[1E+400]', /beyond 1\.8e308/],
])('%s has one', (json, says) => {
  expect(roundedIn(json)).toMatch(says);
});

test.each([
  '{"id": 9007199254740992}',
  '{"9007199254740993": "9007199254740993 \\" 9007199254740993 \\\\"}',
  '"\\\\\\" 9007199254740993"',
  '[0.10000000000000001, 6.02214076e23, 1e-400, 12345678901234567890.5, 9007199254740993e0]',
  '[true, null, -0, 1234567890123456]',
])('%s has none', (json) => {
  expect(roundedIn(json)).toBeUndefined();
});

test('a whole number is found unless it is read as itself', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.json(), (number, other) => {
      const found = roundedIn(`{"other":${JSON.stringify(other)},"list":[${number}]}`);
      if (found === undefined) expect(BigInt(Number(number))).toBe(number);
      else expect(found).toContain(`${number} would be rounded`);
    }),
  );
});
