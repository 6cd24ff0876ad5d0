import { expect, test } from 'vitest';
import { withLowerCaseIds } from './request-target.ts';

const id = '0190A2B3-C4D5-7E6F-8A9B-0C1D2E3F4A5B';

test.each([
  [`/v1/jobs/${id}/events?last_event_id=X`, `/v1/jobs/${id.toLowerCase()}/events?last_event_id=X`],
  [`/v1/dead-letters/${id}-1-0`, `/v1/dead-letters/${id.toLowerCase()}-1-0`],
  [`/v1/jobs?cursor=${id}`, `/v1/jobs?cursor=${id}`],
  ['/_app/immutable/Chunk-ABCDEF.js', '/_app/immutable/Chunk-ABCDEF.js'],
  ['*', '*'],
])('%s is %s', (given, read) => {
  expect(withLowerCaseIds(given)).toBe(read);
});
