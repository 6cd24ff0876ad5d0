import { expect, it } from 'vitest';
import { groupRefusal } from './group-chunks.ts';

it('a group runs again where the job can go on without the others, and is not too large', () => {
  const job = { failed_chunks: 5, total_chunks: 100 };
  expect(groupRefusal({ ...job, on_dead_chunk: 'continue' }, [[0, 2]])).toBeNull();
  expect(groupRefusal(job, [[0, 5]])).toBeNull();
  expect(groupRefusal(job, [[0, 2]])).toContain('fail by the 3 others, because it allows 0');
  expect(groupRefusal({ ...job, max_failed: { share: 0.03 } }, [[0, 2]])).toBeNull();
  expect(groupRefusal({ ...job, max_failed: { count: 2 } }, [[0, 2]])).toContain('it allows 2');
  expect(groupRefusal({ ...job, failed_chunks: 20_000, on_dead_chunk: 'continue' }, [[0, 20_000]])).toContain('at most 10,000');
});
