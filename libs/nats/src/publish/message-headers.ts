/** The headers of a message to be stored: its id, what its subject must hold, how long it lives, and its schedule. Pure. */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { OutgoingMessage } from './outbox.ts';

export function headersOf({
  messageId,
  expectLastSubjectSequence: expected,
  ttlMs,
  schedule,
  trace,
}: Omit<OutgoingMessage, 'subject' | 'data'>): MsgHdrs {
  const head = headers();
  if (messageId !== undefined) head.set('Nats-Msg-Id', messageId);
  if (expected !== undefined) head.set('Nats-Expected-Last-Subject-Sequence', String(expected));
  if (ttlMs !== undefined) head.set('Nats-TTL', secondsOf(ttlMs));
  if (trace !== undefined) head.set('traceparent', trace);
  if (schedule === undefined) return head;
  head.set('Nats-Schedule', `@at ${schedule.at.toISOString()}`);
  head.set('Nats-Schedule-Target', schedule.target);
  if (schedule.keptMs !== undefined) head.set('Nats-Schedule-TTL', secondsOf(schedule.keptMs));
  return head;
}

/** The server counts life times in whole seconds, from 1. */
export function secondsOf(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1000))}s`;
}
