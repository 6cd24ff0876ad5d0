/** One hand-over of a mailbox message to the client that holds the pin. */
import { type Msg, type StoredMessage, deliveredMessage, parseAckSubject } from '@manyhands/nats';

export interface PinnedDelivery extends StoredMessage {
  /** True when the broker has handed it over before, as far as it remembers: a reset makes it forget. */
  redelivered: boolean;
  /** The pin under which it was sent. */
  pinId: string;
  /** Acknowledges it and everything before it. */
  ack(): void;
  /** Hands it back: it is delivered again at once, to whoever has the pin then. */
  nak(): void;
}

/** Undefined when the message came from no consumer. */
export function pinnedDelivery(raw: Msg): PinnedDelivery | undefined {
  const delivered = deliveredMessage(raw);
  if (delivered === undefined) return undefined;
  const { subject, data, sequence, storedAtMs, headers } = delivered;
  const count = parseAckSubject(raw.reply ?? '')?.count ?? 2;
  return {
    subject,
    data,
    sequence,
    storedAtMs,
    redelivered: count > 1,
    pinId: headers?.get('Nats-Pin-Id') ?? '',
    ack: () => void raw.respond('+ACK'),
    nak: () => void raw.respond('-NAK'),
  };
}
