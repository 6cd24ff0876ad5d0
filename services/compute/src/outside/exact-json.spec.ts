import { describe, expect, it, test } from 'vitest';
import { readExactJson } from './exact-json.ts';

describe('numbers of JSON', () => {
  it.each([
    ['{"id":1234567890123456789}', { id: '1234567890123456789' }],
    ['[-9007199254740993, 9007199254740993.0]', ['-9007199254740993', '9007199254740993.0']],
    // 2^60, which would be written as 1152921504606847000.
    ['1152921504606846976', '1152921504606846976'],
    ['{"a":[{"b":1e400}]}', { a: [{ b: '1e400' }] }],
  ])('%s that JavaScript does not have are their digits', (text, value) => expect(readExactJson(text)).toEqual(value));

  it.each([
    '9007199254740991',
    '9007199254740992',
    '{"at":0.1234567890123456789,"big":6.02214076e230}',
    '{"text":"1234567890123456789","more":1}',
    '[-0.0, 1e-400]',
  ])('%s that it has are numbers', (text) => expect(readExactJson(text)).toEqual(JSON.parse(text)));
});

test('what is no JSON is refused', () => {
  expect(() => readExactJson('{"id":1234567890123456789')).toThrow(SyntaxError);
});
