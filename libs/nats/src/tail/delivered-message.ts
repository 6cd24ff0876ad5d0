/** A message handed over by a consumer, with what its reply subject states about it. Pure. */
import type { Msg, MsgHdrs } from '@nats-io/transport-node';

export interface DeliveredMessage {
  subject: string;
  data: Uint8Array;
  headers: MsgHdrs | undefined;
  /** Sequence in the stream. */
  sequence: number;
  /** Place in this consumer's deliveries, from 1, without gaps. */
  deliverySequence: number;
  storedAtMs: number;
  /** Messages after this one when it was sent. */
  pending: number;
}

/** Undefined when the message came from no consumer (a heartbeat, a flow control request). */
export function deliveredMessage(message: Msg): DeliveredMessage | undefined {
  const words = message.reply?.split('.') ?? [];
  if (words[0] !== '$JS' || words[1] !== 'ACK') return undefined;
  // `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<delivery>.<nanoseconds>.<pending>`; newer servers put domain and account first.
  const at = words.length === 9 ? 5 : 7;
  return {
    subject: message.subject,
    data: message.data,
    headers: message.headers,
    sequence: Number(words[at]),
    deliverySequence: Number(words[at + 1]),
    storedAtMs: Number(BigInt(words[at + 2] ?? 0) / 1_000_000n),
    pending: Number(words[at + 3]),
  };
}
