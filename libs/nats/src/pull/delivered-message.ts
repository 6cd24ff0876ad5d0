/**
 * A message that a consumer delivered, with what its reply subject states about it. Pure.
 *
 * nats-server 2.15 sends `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<nanoseconds>.<pending>`; from 2.16 on (or with
 * `js_ack_fc_v2`) a domain and an account hash come after `ACK`, and a random word may end it.
 */
import type { Msg, MsgHdrs } from '@nats-io/transport-node';

export interface AckSubject {
  stream: string;
  consumer: string;
  /** Which delivery of the message this is, from 1. */
  count: number;
  /** Sequence in the stream. */
  sequence: number;
  /** Place in this consumer's deliveries, from 1, without gaps. */
  deliverySequence: number;
  storedAtMs: number;
  /** Messages that waited in the consumer after this one when it was sent. */
  pending: number;
}

export function parseAckSubject(subject: string): AckSubject | undefined {
  if (!subject.startsWith('$JS.ACK.')) return undefined;
  const words = subject.split('.');
  if (words.length < 9 || words.length === 10) return undefined;
  const at = words.length === 9 ? 2 : 4;
  const [count, sequence, deliverySequence] = [Number(words[at + 2]), Number(words[at + 3]), Number(words[at + 4])];
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  return {
    stream: words[at]!,
    consumer: words[at + 1]!,
    count,
    sequence,
    deliverySequence,
    // Nanoseconds, which a number does not hold exactly.
    storedAtMs: Number(words[at + 5]!.slice(0, -6)),
    pending: Number(words[at + 6]),
  };
}

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
