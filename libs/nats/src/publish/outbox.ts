/**
 * Publishes what must be stored. Messages of one stream that are published in the same moment leave together and are answered once, in the way that
 * is faster on this server: as a fast ingest or, where each message is flushed and there are many, as an atomic batch.
 */
export interface OutgoingMessage {
  subject: string;
  data: Uint8Array;
  /** Equal ids within the stream's duplicate window are stored once: an optimisation, never the fence. */
  messageId?: string;
  /** Store only if the subject's last sequence is this; 0 means nothing may be stored under the subject yet. The fence. */
  expectLastSubjectSequence?: number;
  /** Makes this a schedule: whenever it is due the server stores a copy under `target`, in the same stream. Only in streams that hold schedules. */
  schedule?: MessageSchedule;
  /** Milliseconds after which the server removes the message (whole seconds, at least 1 s). Only in streams that hold schedules. */
  ttlMs?: number;
  /** Header `traceparent`. */
  trace?: string;
}

/**
 * Once at a time, after which the schedule is gone. Not the server's own cron: a crash takes the run of one that was stored in the last minutes, because it goes on
 * with the next tick; it leaves out days around changes of the clock, and needs a time zone database on its machine (nats-server 2.15).
 */
export interface MessageSchedule {
  target: string;
  /** Milliseconds a copy lives (whole seconds); absent: forever. */
  keptMs?: number;
  at: Date;
}

/** `stored`, by this call or before under the same message id; `exists`: the expected sequence did not match, read back from the leader. */
export type PublishOutcome = 'stored' | 'exists';

export interface Outbox {
  /**
   * Resolves with one outcome per message, in order, when all are durable. Throws `unavailable` when the stream is full or the
   * server stays away, `too_large` over the message limit; then some may be stored: repeat with the same ids.
   */
  publishAll(messages: readonly OutgoingMessage[]): Promise<PublishOutcome[]>;
}
