/** The headers that fence a message: its id, and what its subject must hold. Pure. */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { OutgoingMessage } from '../outbox.ts';

export function headersOf({ messageId, expectLastSubjectSequence: expected }: OutgoingMessage): MsgHdrs {
  const head = headers();
  if (messageId !== undefined) head.set('Nats-Msg-Id', messageId);
  if (expected !== undefined) head.set('Nats-Expected-Last-Subject-Sequence', String(expected));
  return head;
}
