/** Turns what is stored in MAILBOX into what actors take turns with. Pure. */
import type { MailboxMessage } from '@manyhands/actor';
import {
  CancelJob,
  decode,
  decodeResult,
  isManyhandsError,
  ManyhandsError,
  parseMailboxSubject,
  PauseJob,
  RequeueJob,
  ResumeJob,
  SubmitJob,
  TimerDue,
  unreadableResult,
  type LeaseResult,
  type MailboxAddress,
} from '@manyhands/proto';
import type { StoredMessage } from '@manyhands/nats';

/** Reads the message stored under a subject. Throws `undecodable`. */
export type MailboxDecoder<Message> = (subject: string, data: Uint8Array) => Message;

/** Everything a job's mailbox may hold. */
export type JobMessage = SubmitJob | CancelJob | PauseJob | ResumeJob | RequeueJob | TimerDue | LeaseResult;

const schemas = {
  submit: SubmitJob,
  cancel: CancelJob,
  pause: PauseJob,
  resume: ResumeJob,
  requeue: RequeueJob,
  timer: TimerDue,
} as const;

/**
 * A result that cannot be read is no reason to wait for another one, since its lease is answered: it reads as a failure of the lease. Any other message
 * that cannot be read changes nothing, and throws.
 */
export const decodeJobMessage: MailboxDecoder<JobMessage> = (subject, data) => {
  const address = parseMailboxSubject(subject);
  if (address === undefined) throw noMailbox(subject);
  if (address.what === 'result') return readResult(address, data);
  if (!Object.hasOwn(schemas, address.what)) throw noMailbox(subject);
  return ofJob(address, decode(schemas[address.what as keyof typeof schemas], data));
};

function readResult(address: MailboxAddress, data: Uint8Array): LeaseResult {
  const { jobId, id = '' } = address;
  try {
    const result = ofJob(address, decodeResult(data));
    if (result.lease !== id) throw new ManyhandsError('undecodable', `lease: is ${result.lease}, but ${id} in the subject`);
    return result;
  } catch (error) {
    const failed = isManyhandsError(error, 'undecodable') ? unreadableResult(jobId, id, error.message) : undefined;
    if (failed === undefined) throw error;
    return failed;
  }
}

function ofJob<Message extends { job_id: string }>({ jobId }: MailboxAddress, message: Message): Message {
  if (message.job_id !== jobId)
    throw new ManyhandsError('undecodable', `job_id: is ${message.job_id}, but ${jobId} in the subject`);
  return message;
}

function noMailbox(subject: string): ManyhandsError {
  return new ManyhandsError('undecodable', `${subject} is not the subject of a job's mailbox`);
}

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
  return { actorId, sequence, storedAtMs, redelivered, bytes: stored.data.length, message: decoder(stored.subject, stored.data) };
}
