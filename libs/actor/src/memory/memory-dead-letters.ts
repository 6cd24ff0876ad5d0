import type { MailboxMessage } from '../behaviour.ts';
import type { DeadLetterPort } from '../ports.ts';

/** Keeps the messages set aside in memory. */
export class MemoryDeadLetters<Message> implements DeadLetterPort<Message> {
  readonly letters: { message: MailboxMessage<Message>; reason: string }[] = [];

  async setAside(message: MailboxMessage<Message>, reason: string): Promise<void> {
    this.letters.push({ message, reason });
  }
}
