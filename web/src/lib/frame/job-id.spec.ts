import { expect, it } from 'vitest';
import { jobIdIn } from './job-id.ts';

const id = '019aa0b1-7d44-7c11-8f3b-0a1b2c3d4e5f';

it.each([
  [id, id],
  [`  ${id.toUpperCase()} `, id],
  [`http://127.0.0.1:8000/jobs/${id}#logs`, id],
  [id.slice(0, -1), null],
  ['', null],
])('%s', (text, expected) => {
  expect(jobIdIn(text)).toBe(expected);
});
