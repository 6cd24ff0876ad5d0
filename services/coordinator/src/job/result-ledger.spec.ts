import type { Interval } from '@manyhands/proto';
import { aLeaseComputed } from '@manyhands/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';
import { ledgerOf } from './result-ledger.ts';

const error = (code: 'compute_failed' | 'time_limit') => ({ code, message: 'boom', retryable: true });
const chunk = fc.integer({ min: 0, max: 40 });
const interval = fc.tuple(chunk, fc.integer({ min: 1, max: 10 })).map(([begin, size]): Interval => [begin, begin + size]);

it('every chunk of the span has exactly one fate, whatever the result says', () => {
  fc.assert(
    fc.property(interval, fc.array(chunk), fc.array(interval), fc.boolean(), (span, failing, left, hasPartial) => {
      const failed = failing.map((one) => ({ chunk: one, error: error('compute_failed') }));
      const partial = hasPartial ? 1 : undefined;
      const ledger = ledgerOf(aLeaseComputed({ begin: span[0], end: span[1], failed, left, partial }), span);
      const fates = [ledger.done, ChunkSet.of(ledger.failed.map((part) => part.span)), ledger.left];
      expect(fates.reduce((sum, { size }) => sum + size, 0)).toBe(span[1] - span[0]);
      expect(fates.reduce((all, some) => all.union(some))).toEqual(ChunkSet.ofSpan(span));
      if (!hasPartial) expect(ledger.done.size).toBe(0);
    }),
  );
});

it('of two errors of a chunk the first counts', () => {
  const failed = [
    { chunk: 1, error: error('compute_failed') },
    { chunk: 1, error: error('time_limit') },
  ];
  expect(ledgerOf(aLeaseComputed({ begin: 0, end: 2, failed }), [0, 2]).failed).toEqual([
    { span: [1, 2], error: error('compute_failed') },
  ]);
});

it('its time is that of the chunks that were run: those done, or those that threw, but none that were ended', () => {
  const failing = (code: 'compute_failed' | 'time_limit') => [0, 1].map((one) => ({ chunk: one, error: error(code) }));
  expect(ledgerOf(aLeaseComputed({ begin: 0, end: 8, failed: failing('time_limit') }), [0, 8]).ran).toBe(6);
  expect(ledgerOf(aLeaseComputed({ begin: 0, end: 2, failed: failing('compute_failed') }), [0, 2]).ran).toBe(2);
  expect(ledgerOf(aLeaseComputed({ begin: 0, end: 2, failed: failing('time_limit') }), [0, 2]).ran).toBe(0);
});
