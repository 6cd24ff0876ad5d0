import { describe, expect, it } from 'vitest';
import { newJobId, partitionOf } from './ids.ts';
import { STREAMS } from './streams.ts';
import {
  artifactSubjects,
  deadSubjects,
  eventSubjects,
  keys,
  mailboxSubjects,
  parseArtifactSubject,
  parseJobKey,
  parseMailboxSubject,
  parseWorkSubject,
  timerSubjects,
  workSubjects,
} from './subjects.ts';

const jobId = newJobId();

describe('subjects', () => {
  it('takes a mailbox subject apart into what it was built from', () => {
    expect(parseMailboxSubject(mailboxSubjects.submit(jobId))).toEqual({ partition: partitionOf(jobId), jobId, what: 'submit' });
    expect(parseMailboxSubject(mailboxSubjects.result(jobId, '0-8-0'))).toEqual({
      partition: partitionOf(jobId),
      jobId,
      what: 'result',
      id: '0-8-0',
    });
  });

  it('turns a due timer into the mailbox subject it rings at', () => {
    const words = timerSubjects.due(jobId, 'retry').split('.').slice(2);
    expect(timerSubjects.intoMailbox.to.replaceAll(/\{\{wildcard\((\d)\)\}\}/g, (_, at) => words[Number(at) - 1]!)).toBe(
      mailboxSubjects.timer(jobId, 'retry'),
    );
  });

  it('takes a work subject and a job key apart', () => {
    expect(parseWorkSubject(workSubjects.lease('primes', 'high', jobId))).toEqual({ kind: 'primes', queue: 'high', jobId });
    expect(parseJobKey(keys.job('local', jobId))).toEqual({ tenant: 'local', jobId });
  });

  it('takes the subject of a stored part apart', () => {
    const [part, object] = [
      artifactSubjects.part('local', jobId, 'o-0-1-0-x', 3),
      { tenant: 'local', owner: jobId, name: 'o-0-1-0-x' },
    ];
    expect(parseArtifactSubject(part)).toEqual(object);
    for (const subject of ['', 'artifact.a.b.c', 'artifact.a.b.c.0.1', 'dead.a.b.c.0'])
      expect(parseArtifactSubject(subject)).toBeUndefined();
  });

  it.each(['', 'job', 'job.00', 'job.00.x', 'work.a.b.c', 'job.00.x.result.1.2', 'job...submit'])(
    'does not read %j as a mailbox subject',
    (subject) => {
      expect(parseMailboxSubject(subject)).toBeUndefined();
    },
  );

  it.each(['work.primes', 'work.primes.high.x.y', 'job.00.x.submit'])('does not read %j as a work subject', (subject) => {
    expect(parseWorkSubject(subject)).toBeUndefined();
  });

  it.each(['local', 'a.b.c', ''])('does not read %j as a job key', (key) => {
    expect(parseJobKey(key)).toBeUndefined();
  });

  it('keeps each built subject in exactly one stream', () => {
    const built = [
      mailboxSubjects.submit(jobId),
      mailboxSubjects.cancel(jobId),
      mailboxSubjects.result(jobId, '0-1-0'),
      workSubjects.lease('sum', 'low', jobId),
      eventSubjects.finished('local', jobId),
      deadSubjects.mailbox(jobId),
      deadSubjects.chunk('local', jobId, 0, 3),
      timerSubjects.set(jobId, 'retry'),
      timerSubjects.due(jobId, 'retry'),
      mailboxSubjects.timer(jobId, 'retry'),
    ];
    for (const subject of built) {
      const homes = Object.values(STREAMS).filter((stream) =>
        stream.subjects.some((filter) => subject.startsWith(filter.slice(0, -1))),
      );
      expect(
        homes.map((home) => home.name),
        subject,
      ).toHaveLength(1);
    }
  });
});
