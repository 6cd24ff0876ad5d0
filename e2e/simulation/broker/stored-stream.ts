/**
 * One stream of the simulated broker: what is stored, under which subject and sequence, and what is refused.
 *
 * As nats-server 2.15 does it: a known message id is a duplicate before anything else is looked at; then the expected sequence of the subject
 * is compared; the sequence rises by one for each message stored and is never used again.
 */
import { STREAMS } from '@manyhands/proto';
import { JetStreamApiError } from '@nats-io/jetstream';

export interface Stored {
  subject: string;
  sequence: number;
  storedAtMs: number;
  data: Uint8Array;
  /** Set on the mark that the removal of a bucket's key leaves. */
  removal: boolean;
  /** Which ownership of the partition its sender had last. */
  by: number;
}

export interface Offered {
  subject: string;
  data: Uint8Array;
  messageId?: string;
  expected?: number;
  removal?: boolean;
  /** Stored again in a mailbox at this time. */
  dueAtMs?: number;
  /** Which ownership of the partition the sender had last; absent: none. */
  by?: number;
}

const DUPLICATE_WINDOW_MS = STREAMS.work.duplicateWindowMs;
const matchers = new Map<string, RegExp>();

export class StoredStream {
  readonly name: string;
  /** True for a bucket: only the newest message of a subject stays. */
  readonly newestOnly: boolean;
  lastSequence = 0;
  readonly #messages = new Map<number, Stored>();
  readonly #lastOf = new Map<string, number>();
  readonly #messageIds = new Map<string, { sequence: number; untilMs: number }>();

  constructor(name: string, newestOnly: boolean) {
    this.name = name;
    this.newestOnly = newestOnly;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** The sequence of an earlier message with this id, for as long as the server remembers it. */
  duplicateOf(messageId: string | undefined, nowMs: number): number | undefined {
    const known = messageId === undefined ? undefined : this.#messageIds.get(messageId);
    return known !== undefined && nowMs < known.untilMs ? known.sequence : undefined;
  }

  /** Throws `JetStreamApiError` when the subject is not where the sender expects it. */
  check({ subject, expected }: Offered): void {
    const last = this.#lastOf.get(subject) ?? 0;
    if (expected !== undefined && expected !== last) {
      throw new JetStreamApiError({ code: 400, err_code: 10071, description: `wrong last sequence: ${last}` });
    }
  }

  store({ subject, data, messageId, removal = false, by = 0 }: Offered, nowMs: number, clockAheadMs = 0): Stored {
    const before = this.#lastOf.get(subject);
    if (this.newestOnly && before !== undefined) this.#messages.delete(before);
    const stored: Stored = {
      subject,
      sequence: (this.lastSequence += 1),
      storedAtMs: Math.floor(nowMs + clockAheadMs),
      data,
      removal,
      by,
    };
    this.#messages.set(stored.sequence, stored);
    this.#lastOf.set(subject, stored.sequence);
    if (messageId !== undefined)
      this.#messageIds.set(messageId, { sequence: stored.sequence, untilMs: nowMs + DUPLICATE_WINDOW_MS });
    return stored;
  }

  get(sequence: number): Stored | undefined {
    return this.#messages.get(sequence);
  }

  next(filter: string, fromSequence: number): Stored | undefined {
    const matcher = matcherOf(filter);
    for (const stored of this.#messages.values())
      if (stored.sequence >= fromSequence && matcher.test(stored.subject)) return stored;
    return undefined;
  }

  /** How many messages match, from a sequence on. */
  countFrom(filter: string, fromSequence: number): number {
    const matcher = matcherOf(filter);
    let count = 0;
    for (const { sequence, subject } of this.#messages.values())
      if (sequence >= fromSequence && matcher.test(subject)) count += 1;
    return count;
  }

  /** The newest message under a subject, or a filter. */
  last(subject: string): Stored | undefined {
    if (/[*>]/.test(subject)) return this.#messages.get(this.lastMatching(subject));
    return this.#messages.get(this.#lastOf.get(subject) ?? 0);
  }

  /** The highest sequence under a filter; 0 when there is none. */
  lastMatching(filter: string): number {
    const matcher = matcherOf(filter);
    let last = 0;
    for (const { sequence, subject } of this.#messages.values()) if (matcher.test(subject)) last = sequence;
    return last;
  }

  /** What the server says of it: with a filter, also how many messages each subject holds. */
  state(filter?: string) {
    const subjects: Record<string, number> = {};
    if (filter !== undefined) {
      const matcher = matcherOf(filter);
      for (const { subject } of this.#messages.values())
        if (matcher.test(subject)) subjects[subject] = (subjects[subject] ?? 0) + 1;
    }
    return { last_seq: this.lastSequence, bytes: 0, ...(filter !== undefined && { subjects }) };
  }

  remove(sequence: number): void {
    const stored = this.#messages.get(sequence);
    this.#messages.delete(sequence);
    if (stored !== undefined && this.#lastOf.get(stored.subject) === sequence) this.#lastOf.delete(stored.subject);
  }

  /** Removes what matches, before a sequence if one is given, and returns it. */
  purge(filter: string, beforeSequence = Infinity): Stored[] {
    const matcher = matcherOf(filter);
    const gone = [...this.#messages.values()].filter(
      ({ subject, sequence }) => sequence < beforeSequence && matcher.test(subject),
    );
    for (const { sequence } of gone) this.remove(sequence);
    return gone;
  }

  /** The table of message ids dies with the server (and is rebuilt only from what is still stored). */
  forgetMessageIds(): void {
    for (const [id, { sequence }] of this.#messageIds) if (!this.#messages.has(sequence)) this.#messageIds.delete(id);
  }
}

function matcherOf(filter: string): RegExp {
  let matcher = matchers.get(filter);
  if (matcher === undefined) {
    const words = filter.split('.').map((word) => (word === '>' ? '.+' : word === '*' ? '[^.]+' : word.replace(/[$-]/g, '\\$&')));
    if (matchers.size > 1_000) matchers.clear();
    matchers.set(filter, (matcher = new RegExp(`^${words.join('\\.')}$`)));
  }
  return matcher;
}
