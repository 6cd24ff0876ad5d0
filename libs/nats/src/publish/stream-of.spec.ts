import { deadSubjects, eventSubjects, LOCAL_TENANT, mailboxSubjects, newJobId, workSubjects } from '@manyhands/proto';
import { expect, it } from 'vitest';
import { streamOf } from './stream-of.ts';

it.each([
  [mailboxSubjects.submit(newJobId()), 'mailbox'],
  [workSubjects.lease('sum', 'high', newJobId()), 'work'],
  [eventSubjects.finished(LOCAL_TENANT, newJobId()), 'events'],
  [deadSubjects.mailbox(newJobId()), 'dead'],
  ['jobs.something', undefined],
  ['nodots', undefined],
])('%s is kept in %s', (subject, stream) => {
  expect(streamOf(subject)).toBe(stream);
});
