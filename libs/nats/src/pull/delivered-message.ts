/** A message that a consumer delivered, with what its reply subject states about it. Pure. */
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { parseAckSubject, type AckSubject } from './ack-subject.ts';

export interface DeliveredMessage extends Omit<AckSubject, 'stream' | 'consumer'> {
  subject: string;
  data: Uint8Array;
  headers: MsgHdrs | undefined;
}

/** Undefined when the message came from no consumer (a status, a heartbeat, a flow control request). */
export function deliveredMessage({ subject, data, headers, reply }: Msg): DeliveredMessage | undefined {
  const address = parseAckSubject(reply ?? '');
  if (address === undefined) return undefined;
  const { count, sequence, deliverySequence, storedAtMs, pending } = address;
  return { subject, data, headers, count, sequence, deliverySequence, storedAtMs, pending };
}
