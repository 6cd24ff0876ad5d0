/**
 * Where the server and other processes send what answers us: each process has a prefix of its own, so that no other may read along.
 *
 * Invariant: every reply and delivery subject begins with the prefix that the connection was opened with. `_INBOX.` stays in front, so that users of servers
 * of others, who may often subscribe to `_INBOX.>` and nothing else, can be used as they are.
 */
import { createInbox, type NatsConnection } from '@nats-io/transport-node';

const prefixes = new WeakMap<NatsConnection, string>();

/** Of a process by its name, like `_INBOX.reader`. Pure. */
export function inboxPrefix(name: string): string {
  const word = name.replace(/[^\w-]/g, '-');
  return word === '' ? '_INBOX' : `_INBOX.${word}`;
}

export function keepPrefix(connection: NatsConnection, prefix: string): void {
  prefixes.set(connection, prefix);
}

/** A subject that no other inbox has. */
export function newInbox(connection: NatsConnection): string {
  return createInbox(prefixes.get(connection));
}
