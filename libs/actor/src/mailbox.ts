/**
 * Sorts a batch of a partition's mailbox into the parts for each actor.
 *
 * Invariant: every message of the batch is in exactly one part; within a part, sequences rise. Parts keep the order in which
 * their actors first appear, so the oldest work is decided first.
 */
import type { MailboxMessage } from './behaviour.ts';

/** The messages of one batch that are for one actor, oldest first; never empty. */
export interface ActorBatch<Message> {
  actorId: string;
  messages: readonly MailboxMessage<Message>[];
  /** Without a message: the actor in memory looks around anew, or is rebuilt from the journal up to a sequence, whatever is in memory. */
  without?: 'wake' | { rebuildThrough: number };
}

export function groupByActor<Message>(batch: readonly MailboxMessage<Message>[]): ActorBatch<Message>[] {
  const parts = new Map<string, MailboxMessage<Message>[]>();
  for (const message of batch) {
    const part = parts.get(message.actorId);
    if (part === undefined) parts.set(message.actorId, [message]);
    else part.push(message);
  }
  return [...parts].map(([actorId, messages]) => ({ actorId, messages: messages.sort((a, b) => a.sequence - b.sequence) }));
}
