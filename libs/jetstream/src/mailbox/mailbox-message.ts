/** Turns what is stored in MAILBOX into what actors take turns with. Pure. */
import type { MailboxMessage } from '@manyhands/actor';
import { CancelJob, decode, LeaseResult, ManyhandsError, parseMailboxSubject, PauseJob, RequeueJob, ResumeJob, SubmitJob, TimerDue } from '@manyhands/proto';
import type { StoredMessage } from '../stored.ts';

/** Reads the message stored under a subject. Throws `undecodable`. */
export type MailboxDecoder<Message> = (subject: string, data: Uint8Array) => Message;

/** Everything a job's mailbox may hold. */
export type JobMessage = SubmitJob | CancelJob | PauseJob | ResumeJob | RequeueJob | TimerDue | LeaseResult;

const schemas = { submit: SubmitJob, cancel: CancelJob, pause: PauseJob, resume: ResumeJob, requeue: RequeueJob, timer: TimerDue, result: LeaseResult } as const;

export const decodeJobMessage: MailboxDecoder<JobMessage> = (subject, data) => {
  const address = parseMailboxSubject(subject);
  if (address === undefined || !Object.hasOwn(schemas, address.what))
    throw new ManyhandsError('undecodable', `no job has a mailbox like ${subject}`);
  const message: JobMessage = decode(schemas[address.what as keyof typeof schemas], data);
  if (message.job_id !== address.jobId)
    throw new ManyhandsError('undecodable', `job_id: says ${message.job_id}, but the subject says ${address.jobId}`);
  return message;
};

/** The actor a mailbox subject belongs to; undefined when it belongs to none. */
export function actorOf(subject: string): string | undefined {
  return parseMailboxSubject(subject)?.jobId;
}

/** Throws `undecodable`. */
export function toMailboxMessage<Message>(
  stored: StoredMessage,
  redelivered: boolean,
  decoder: MailboxDecoder<Message>,
): MailboxMessage<Message> {
  const actorId = actorOf(stored.subject);
  if (actorId === undefined) throw new ManyhandsError('undecodable', `${stored.subject} names no actor`);
  const { sequence, storedAtMs } = stored;
  return { actorId, sequence, storedAtMs, redelivered, message: decoder(stored.subject, stored.data) };
}
