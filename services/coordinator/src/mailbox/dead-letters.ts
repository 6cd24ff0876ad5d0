/**
 * Stores mailbox messages (and leases) that cannot be read as dead letters, for an operator, in stream DEAD.
 *
 * Invariant: a message set aside twice is one dead letter within the duplicate window, and never reaches its actor again by itself. The
 * letter names the sequence under which the untouched message stays readable in MAILBOX for a day.
 */
import type { DeadLetterPort, MailboxMessage } from '@manyhands/actor';
import { deadSubjects, encode, parseWorkSubject } from '@manyhands/proto';
import type { LetterOutbox } from './patient-outbox.ts';
import type { StoredMessage } from '@manyhands/nats';
import { actorOf } from './mailbox-message.ts';

/** Body of a dead letter. */
interface MailboxDeadLetter {
  v: 1;
  type: 'MailboxDeadLetter';
  /** Where it is stored in MAILBOX, or was in WORK. */
  sequence: number;
  /** ISO 8601, UTC. */
  stored_at: string;
  reason: string;
  /** Only when it could not be decoded. */
  subject?: string;
  /** The message as text, cut at `textCharsMax` characters. */
  text: string;
}

/** Even if every character needs six bytes in JSON, the letter stays under the message limit. */
const textCharsMax = 100_000;

/** Stores a message of MAILBOX or WORK that cannot be decoded as a dead letter. Throws what the outbox throws. */
export async function setAsideUndecodable(outbox: LetterOutbox, stored: StoredMessage, reason: string): Promise<void> {
  const text = new TextDecoder().decode(stored.data);
  await publishLetter(outbox, actorOf(stored.subject) ?? parseWorkSubject(stored.subject)?.jobId ?? 'unknown', {
    subject: stored.subject,
    sequence: stored.sequence,
    storedAtMs: stored.storedAtMs,
    reason,
    text,
  });
}

/** The actor runtime's dead letters: messages whose turn kept failing. */
export function createDeadLetters<Message>(outbox: LetterOutbox): DeadLetterPort<Message> {
  return {
    async setAside({ actorId, sequence, storedAtMs, message }: MailboxMessage<Message>, reason: string) {
      await publishLetter(outbox, actorId, { sequence, storedAtMs, reason, text: JSON.stringify(message) ?? '' });
    },
  };
}

interface Letter {
  sequence: number;
  storedAtMs: number;
  reason: string;
  text: string;
  subject?: string;
}

async function publishLetter(
  outbox: LetterOutbox,
  actorId: string,
  { sequence, storedAtMs, reason, text, subject }: Letter,
): Promise<void> {
  const letter: MailboxDeadLetter = {
    v: 1,
    type: 'MailboxDeadLetter',
    sequence,
    stored_at: new Date(storedAtMs).toISOString(),
    reason,
    ...(subject !== undefined && { subject }),
    text: text.slice(0, textCharsMax),
  };
  await outbox.publishAll([
    {
      subject: deadSubjects.mailbox(actorId),
      data: encode(letter),
      messageId: `dead-${subject?.startsWith('work.') ? 'work-' : ''}${sequence}`,
    },
  ]);
}
