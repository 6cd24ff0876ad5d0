import { expect, it } from 'vitest';
import { streamOf } from './stream-of.ts';

const of = streamOf([
  { name: 'A', subjects: ['a.>'], batches: true },
  { name: 'B', subjects: ['b.>', '$SYS.notice.>'], batches: false },
]);

it.each([
  ['a.x.y', 'A'],
  ['b.x', 'B'],
  ['$SYS.notice.x', 'B'],
  ['as.something', undefined],
  ['nodots', undefined],
])('%s is kept in %s', (subject, stream) => {
  expect(of(subject)?.name).toBe(stream);
});
