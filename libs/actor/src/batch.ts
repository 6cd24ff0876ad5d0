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
  /** Without a message: the actor in memory looks around again, or is rebuilt from the journal up to a sequence, whatever is in memory. */
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

/** Cuts each part before its first such message, unless that is where it begins: what comes now, and what comes later. */
export function splitAt<Message>(
  parts: readonly ActorBatch<Message>[],
  isCut: (message: Message) => boolean,
): { now: readonly ActorBatch<Message>[]; later: readonly ActorBatch<Message>[] } {
  const later: ActorBatch<Message>[] = [];
  const now = parts.map((part) => {
    const { actorId, messages } = part;
    const at = messages.findIndex(({ message }, index) => index > 0 && isCut(message));
    if (at < 0) return part;
    later.push({ actorId, messages: messages.slice(at) });
    return { ...part, messages: messages.slice(0, at) };
  });
  return { now, later };
}

/**
 * Runs `work` for every item, at most `concurrencyMax` at a time, and returns the results in the items' order. When one fails, no
 * further one is begun; the failure is thrown once those already begun have ended.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  concurrencyMax: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  async function lane(): Promise<void> {
    while (next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index] as Item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(concurrencyMax, items.length) }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return results;
}
