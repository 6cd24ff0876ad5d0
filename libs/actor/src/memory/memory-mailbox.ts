import type { MailboxMessage } from '../behaviour.ts';
import type { Journal } from '../ports.ts';

/** A mailbox stream in memory: messages are appended under one rising sequence and stay. */
export class MemoryMailbox<Message> implements Journal<Message> {
  readonly #messages: MailboxMessage<Message>[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** Stores a message and returns it as its first delivery. */
  append(actorId: string, message: Message): MailboxMessage<Message> {
    const stored = { actorId, sequence: this.#messages.length + 1, storedAtMs: this.#nowMs(), redelivered: false, message };
    this.#messages.push(stored);
    return stored;
  }

  async read(actorId: string, after: number, before: number): Promise<readonly MailboxMessage<Message>[]> {
    return this.#messages.filter((stored) => stored.actorId === actorId && stored.sequence > after && stored.sequence < before);
  }
}
