import { expect, test } from 'vitest';
import { derivedSpanId, isWithin, newSpanId, newTraceId, readTraceparent, traceparentOf } from './trace-context.ts';

test('what is written is read again', () => {
  const context = { traceId: newTraceId(), spanId: newSpanId(), isSampled: true };
  expect(readTraceparent(traceparentOf(context))).toEqual(context);
  expect(readTraceparent(traceparentOf({ ...context, isSampled: false }))).toEqual({ ...context, isSampled: false });
});

test.each([
  undefined,
  '',
  'nonsense',
  `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
  `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`,
  `00-${'A'.repeat(32)}-${'1'.repeat(16)}-01`,
  `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01-more`,
  `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
])('%s is no traceparent', (text) => expect(readTraceparent(text)).toBeUndefined());

test('of a later version the first parts are read', () =>
  expect(readTraceparent(`01-${'1'.repeat(32)}-${'2'.repeat(16)}-03-more`)).toMatchObject({ isSampled: true }));

test('a derived id is the same wherever it is derived, and another for another thing', () => {
  expect(derivedSpanId('t', 'a')).toBe(derivedSpanId('t', 'a'));
  expect(derivedSpanId('t', 'a')).not.toBe(derivedSpanId('t', 'b'));
  expect(derivedSpanId('t', 'a')).toMatch(/^[0-9a-f]{16}$/);
});

test('a ratio takes about that part of all', () => {
  const taken = Array.from({ length: 4_000 }, (_, index) => `lease ${index}`).filter((text) => isWithin(text, 0.1));
  expect(taken.length).toBeGreaterThan(300);
  expect(taken.length).toBeLessThan(500);
  expect(isWithin('x', 1)).toBe(true);
  expect(isWithin('x', 0)).toBe(false);
});
