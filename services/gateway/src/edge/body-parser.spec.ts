import fc from 'fast-check';
import { limits } from '@manyhands/proto';
import { describe, expect, test } from 'vitest';
import { parseBody } from './body-parser.ts';
import { Problem } from './problem.ts';

function refusalOf(text: string): { status: number; detail: unknown } | undefined {
  try {
    parseBody(text);
    return undefined;
  } catch (error) {
    return { status: (error as Problem).getStatus(), detail: ((error as Problem).getResponse() as { detail: unknown }).detail };
  }
}

describe('parseBody', () => {
  test('reads any JSON as JSON.parse does, but for forbidden keys and large integers', () => {
    const isAllowed = (text: string) => !/"(__proto__|constructor|prototype)":|\d{16}/.test(text);
    fc.assert(
      fc.property(fc.jsonValue().filter((value) => isAllowed(JSON.stringify(value))), (value) => {
        expect(parseBody(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('refuses exactly the integers that a number would round, and says where they stand', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (integer) => {
        const refusal = refusalOf(`{"params":{"list":[0,{"n":${integer}}]}}`);
        if (BigInt(Number(integer)) === integer) expect(refusal).toBeUndefined();
        else expect(refusal).toMatchObject({ status: 422, detail: [{ loc: ['body', 'params', 'list', 1, 'n'], msg: expect.stringContaining(`send it as a string: "${integer}"`) }] });
      }),
    );
  });

  test('takes 10^18, decimals and exponents as they are', () => {
    expect(parseBody('[1000000000000000000, 0.1, 1e300, 12345678901234567890.5]')).toEqual([1e18, 0.1, 1e300, 12345678901234567890.5]);
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s anywhere', (key) => {
    expect(refusalOf(`{"params":{"a":[{"${key}":1}]}}`)).toMatchObject({ status: 400, detail: expect.stringContaining(`"${key}"`) });
  });

  test('takes what is nested as deep as the limit, brackets in strings not counted, and refuses one deeper in words', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}"]]\\"[[["${']'.repeat(depth)}`;
    expect(refusalOf(nested(limits.jsonDepthMax))).toBeUndefined();
    for (const depth of [limits.jsonDepthMax + 1, 300_000]) expect(refusalOf(nested(depth))).toMatchObject({ status: 400, detail: expect.stringMatching(/nested deeper than 500/) });
  });

  test('refuses what is no JSON with what is wrong and what to send, and takes an empty body as nothing', () => {
    expect(refusalOf('{"n":')).toMatchObject({ status: 400, detail: expect.stringMatching(/^The body is not JSON \(.+\); send an object like/) });
    expect(parseBody(' \n')).toBeUndefined();
  });
});
