import type { MailboxMessage } from '../behaviour.ts';

/** The same messages as the broker hands them over again. */
export function redelivered<Message>(batch: readonly MailboxMessage<Message>[]): MailboxMessage<Message>[] {
  return batch.map((message) => ({ ...message, redelivered: true }));
}
