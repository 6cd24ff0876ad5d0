import { limits } from '@manyhands/proto/limits';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { failureAddress, failureFilterOf, noFailureFilter } from './failure-filter.ts';

const word = fc.option(fc.string({ minLength: 1, maxLength: limits.searchCharsMax }).filter((text) => text.trim() !== ''));
const read = (address: string) => failureFilterOf(new URL(address, 'http://page.invalid').searchParams);

it('every filter is read from its own address', () => {
  fc.assert(
    fc.property(fc.record({ text: word, kind: word, tenant: word, group: word }), (filter) => {
      expect(read(failureAddress(filter))).toEqual(filter);
    }),
  );
});

it('what is no filter is none', () => {
  expect(failureAddress(noFailureFilter)).toBe('/failures');
  expect(read('/failures?text=%20%20&kind=&other=1')).toEqual(noFailureFilter);
  expect(read(`/failures?text=${'x'.repeat(500)}`).text).toHaveLength(limits.searchCharsMax);
});
