import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { sumOf } from './compute.ts';
import { readExact, writeExact } from './exact-number.ts';
import { splitNumbers, sum } from './kind.ts';
import { addSums } from './merge.ts';

function sumInChunks(n: number | string, total: number): number | string {
  return Array.from({ length: total }, (_, index) => sumOf(splitNumbers({ n }, index, total))).reduce(addSums);
}

const gauss = (n: bigint) => (n * (n + 1n)) / 2n;
const refusal = expect.objectContaining({ name: 'ComputeRefused' }) as Error;

describe('sum', () => {
  it('adds 1 … 10000 in 8 chunks', () => {
    expect(sumInChunks(10_000, 8)).toBe(50_005_000);
  });

  it.each([1, 7, 1_000])('is exact for 10^18, sent as a JSON number, in %i chunks', (total) => {
    const { n } = JSON.parse('{"n":1000000000000000000}') as { n: number };
    expect(sumInChunks(n, total)).toBe('500000000000000000500000000000000000');
  });

  it('is exact at any size and in any number of chunks', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 1, max: 100 }), (n, total) => {
        expect(BigInt(sumInChunks(n.toString(), total))).toBe(gauss(n));
      }),
    );
  });

  it('gives 0 for n = 0 and for empty chunks', () => {
    expect(sumInChunks(0, 4)).toBe(0);
    expect(sumInChunks(2, 5)).toBe(3);
  });

  it.each([[-1], [1.5], ['-1'], ['1e5'], [''], [null], [undefined], ['1' + '0'.repeat(31)], ['1000000000000000000000000000001']])(
    'refuses n = %s for good',
    (n) => {
      expect(() => splitNumbers({ n: n as never }, 0, 1)).toThrow(refusal);
    },
  );

  it('refuses a number that JSON has rounded, and says to send a string', () => {
    const { n } = JSON.parse('{"n":123456789012345678901}') as { n: number };
    expect(() => splitNumbers({ n }, 0, 1)).toThrow(/send it as a string/);
  });

  it('accepts its own example', () => {
    expect(sum.split(sum.example, 0, 1)).toEqual({ after: 0n, through: 10_000n });
  });
});

describe('exact numbers', () => {
  it('come back as they went, as a number exactly while a JSON number is exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (value) => {
        const written = JSON.parse(JSON.stringify(writeExact(value))) as number | string;
        expect(readExact('value', written)).toBe(value);
        expect(typeof written).toBe(value <= BigInt(Number.MAX_SAFE_INTEGER) ? 'number' : 'string');
      }),
    );
  });

  it.each([1e18, 1e21, 1e22, 2 ** 60 - 2 ** 60 + 2 ** 53])('accepts %d, which a JSON number holds', (value) => {
    expect(readExact('n', value)).toBe(BigInt(value));
  });
});
