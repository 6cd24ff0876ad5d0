import { expect, it } from 'vitest';
import { proofOf } from './proof.ts';

const job = { completed_chunks: 1_064, duplicate_results: 0, retries: 0, workers: { a: 1_000, b: 64 } };

it('states what was counted, and from how many', () => {
  expect(proofOf(job)).toBe('1,064 chunks counted once each, from 2 workers; no result came twice.');
  expect(proofOf({ ...job, completed_chunks: 1, workers: { a: 1 } })).toBe(
    '1 chunk counted once each, from 1 worker; no result came twice.',
  );
  expect(proofOf({ ...job, completed_chunks: 0 })).toBeNull();
});

it('states what ran or came more than once', () => {
  expect(proofOf({ ...job, retries: 1, duplicate_results: 1 })).toContain(
    '1 extra run; 1 result came twice and was not counted again.',
  );
  expect(proofOf({ ...job, retries: 30, duplicate_results: 2 })).toContain('30 extra runs; 2 results came twice and were not');
});
