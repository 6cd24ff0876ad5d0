/**
 * Reads the reply subject of a delivered message.
 *
 * nats-server 2.15 sends `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`; from 2.16 on (or with
 * `js_ack_fc_v2`) a domain and an account hash come after `ACK`, and a random word may end it.
 */
export interface AckSubject {
  stream: string;
  consumer: string;
  /** Which hand-over this is, from 1. */
  count: number;
  /** Position in the stream. */
  sequence: number;
  /** Messages that waited in the consumer after this one when it was handed over. */
  pending: number;
}

export function parseAckSubject(subject: string): AckSubject | undefined {
  const words = subject.split('.');
  if (words[0] !== '$JS' || words[1] !== 'ACK' || words.length < 9 || words.length === 10) return undefined;
  const at = words.length === 9 ? 2 : 4;
  const count = Number(words[at + 2]);
  const sequence = Number(words[at + 3]);
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  return { stream: words[at]!, consumer: words[at + 1]!, count, sequence, pending: Number(words[at + 6]) };
}
