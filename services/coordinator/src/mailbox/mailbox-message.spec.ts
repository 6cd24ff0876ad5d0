import { describe, expect, it } from 'vitest';
import { encode, isManyhandsError, mailboxSubjects, newJobId } from '@manyhands/proto';
import { aCancelJob, aLeaseComputed, aSubmitJob } from '@manyhands/testkit';
import { decodeJobMessage, toMailboxMessage } from './mailbox-message.ts';

const jobId = newJobId();

function undecodable(subject: string, data: Uint8Array): string {
  try {
    decodeJobMessage(subject, data);
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return error.message;
    throw error;
  }
  throw new Error('it was decoded');
}

describe('job messages', () => {
  it.each([
    [mailboxSubjects.submit(jobId), aSubmitJob({ job_id: jobId })],
    [mailboxSubjects.cancel(jobId), aCancelJob({ job_id: jobId })],
    [mailboxSubjects.result(jobId, '0-4-0'), aLeaseComputed({ job_id: jobId, lease: '0-4-0' })],
  ])('are decoded by what their subject says: %s', (subject, message) => {
    expect(decodeJobMessage(subject, encode(message))).toEqual(message);
  });

  it('cannot be read under a subject no mailbox has', () => {
    expect(undecodable('job.00.somebody.dance', encode({}))).toContain('job.00.somebody.dance');
    expect(undecodable('job.00', encode({}))).toContain('job.00');
    expect(undecodable('job.00.somebody.constructor', encode({}))).toContain('is not the subject of a job');
  });

  it('cannot be read when they are not what the subject says, or for another job', () => {
    expect(undecodable(mailboxSubjects.submit(jobId), encode(aCancelJob({ job_id: jobId })))).not.toBe('');
    expect(undecodable(mailboxSubjects.submit(jobId), new TextEncoder().encode('{'))).toBe('not JSON');
    expect(undecodable(mailboxSubjects.submit(jobId), encode(aSubmitJob({ job_id: newJobId() })))).toContain('in the subject');
  });
});

describe('a result that cannot be read', () => {
  const read = (lease: string, text: string): unknown =>
    decodeJobMessage(mailboxSubjects.result(jobId, lease), new TextEncoder().encode(text));
  const deep = `${'['.repeat(3_000)}${']'.repeat(3_000)}`;

  it.each(['{', '{"v":2}', '', '\u0000', `{"v":1,"partial":${deep}}`])('is a failure of its lease: %s', (text) => {
    expect(read('4-8-17', text.slice(0, 30_000))).toMatchObject({
      type: 'LeaseFailed',
      job_id: jobId,
      lease: '4-8-17',
      about: { op: 'compute', begin: 4, end: 8, attempt: 17 },
      error: { code: 'undecodable', retryable: true },
    });
  });

  it('names the merge by its lease alone', () => {
    expect(read('m-2-0123456789abcdef-0', '[]')).toMatchObject({
      type: 'LeaseFailed',
      lease: 'm-2-0123456789abcdef-0',
      about: { op: 'merge', inputs: [] },
    });
  });

  it('says what another lease was about: it answers only the lease of its subject', () => {
    const other = new TextDecoder().decode(encode(aLeaseComputed({ job_id: jobId, begin: 0, end: 4 })));
    expect(read('4-8-0', other)).toMatchObject({
      type: 'LeaseFailed',
      about: { begin: 4, end: 8 },
      error: { message: expect.stringContaining('0-4-0') as string },
    });
  });
});

describe('a stored message', () => {
  const stored = { subject: `job.03.${jobId}.note`, sequence: 7, storedAtMs: 1_000, data: new TextEncoder().encode('hello') };
  const text = (_subject: string, data: Uint8Array) => new TextDecoder().decode(data);

  it('becomes a message to the actor its subject names', () => {
    expect(toMailboxMessage(stored, true, text)).toEqual({
      actorId: jobId,
      sequence: 7,
      storedAtMs: 1_000,
      redelivered: true,
      bytes: 5,
      message: 'hello',
    });
  });

  it('cannot be read when its subject names no actor', () => {
    expect(() => toMailboxMessage({ ...stored, subject: 'job.03' }, false, text)).toThrow('names no actor');
  });
});
