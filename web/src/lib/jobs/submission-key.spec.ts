import { expect, test } from 'vitest';
import { SubmissionKey } from './submission-key.ts';

test('an equal submission keeps its key, another one and another form get their own', () => {
  const key = new SubmissionKey();
  const first = key.of({ n: 1 });
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(key.of({ n: 1 })).toBe(first);
  const second = key.of({ n: 2 });
  expect(second).not.toBe(first);
  expect(key.of({ n: 1 })).not.toBe(first);
  expect(new SubmissionKey().of({ n: 2 })).not.toBe(second);
});
