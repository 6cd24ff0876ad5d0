import { describe, expect, it } from 'vitest';
import { filterAddress, filterOf } from './filter-address.ts';

describe('the address of a filtered list', () => {
  it('is read back as it was written', () => {
    for (const filter of [
      { status: null, kind: null },
      { status: 'failed' as const, kind: null },
      { status: 'running' as const, kind: 'a b' },
    ]) {
      expect(filterOf(new URL(filterAddress(filter), 'http://here').searchParams)).toEqual(filter);
    }
    expect(filterAddress({ status: null, kind: null })).toBe('/jobs');
  });

  it('ignores a status that does not exist', () => {
    expect(filterOf(new URLSearchParams('status=lost&kind='))).toEqual({ status: null, kind: null });
    expect(filterOf(new URLSearchParams('status=toString'))).toEqual({ status: null, kind: null });
  });
});
