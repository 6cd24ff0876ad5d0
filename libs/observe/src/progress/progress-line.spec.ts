import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bar, duration, progressLine, type ProgressFacts } from './progress-line.ts';

const view: ProgressFacts = {
  kind: 'primes',
  status: 'running',
  progress: 0.421,
  completed_chunks: 27,
  failed_chunks: 0,
  total_chunks: 64,
  rate: 31.2,
  eta_sec: 1.2,
};

test('a running job shows percentage, chunks, rate and time left', () => {
  expect(progressLine(view, 100)).toBe(`primes ${bar(0.421, 40)}  42 %  27/64 chunks  31/s  1.2 s left`);
});

test('what is not known is left out', () => {
  expect(progressLine({ ...view, status: 'pending', progress: 0, completed_chunks: 0, rate: null, eta_sec: null }, 100)).toBe(
    `primes ${bar(0, 40)}   0 %   0/64 chunks`,
  );
});

test('a job that is done has no time left, and 100 % only when it is done', () => {
  expect(progressLine({ ...view, status: 'completed', progress: 1, completed_chunks: 64, eta_sec: 0 }, 100)).toContain(
    '100 %  64/64 chunks  31/s',
  );
  expect(progressLine({ ...view, progress: 0.9999 }, 100)).toContain(' 99 %');
});

test('bars fill by eighths', () => {
  expect(bar(0, 4)).toBe('▕    ▏');
  expect(bar(0.5, 4)).toBe('▕██  ▏');
  expect(bar(1 / 32, 4)).toBe('▕▏   ▏');
  expect(bar(1, 4)).toBe('▕████▏');
});

test('times are said as people say them', () => {
  expect([0, 0.44, 9.94, 9.96, 59, 61, 3_599, 7_500].map(duration)).toEqual([
    '0.0 s',
    '0.4 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 1 s',
    '59 min 59 s',
    '2 h 5 min',
  ]);
});

test('the line is never wider than the terminal', () => {
  const facts = fc.record({
    kind: fc.constantFrom('sum', 'primes', 'a-rather-long-name-of-a-task-ki'),
    status: fc.constantFrom('pending' as const, 'running' as const, 'completed' as const),
    progress: fc.double({ min: 0, max: 1, noNaN: true }),
    completed_chunks: fc.nat(1_000_000),
    failed_chunks: fc.nat(100),
    total_chunks: fc.integer({ min: 1, max: 1_000_000 }),
    rate: fc.option(fc.double({ min: 0, max: 1e8, noNaN: true })),
    eta_sec: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
  });
  fc.assert(
    fc.property(facts, fc.integer({ min: 10, max: 200 }), (given, width) => {
      expect([...progressLine(given, width)].length).toBeLessThanOrEqual(width);
    }),
  );
});
