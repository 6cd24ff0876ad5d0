/**
 * Stores a message unless there is one under another subject of the same stream, decided by the server in one step.
 *
 * Invariant: once the other subject holds a message nothing more is stored by this, however long the caller was frozen in between. Repeating it is
 * storing it again.
 *
 * nats-server 2.15 (`Nats-Expected-Last-Subject-Sequence-Subject`): store-unless.int.spec.ts.
 */
import { ManyhandsError, STREAMS, type StreamKey } from '@manyhands/proto';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';
import { insist } from '../insist.ts';
import type { MessageSchedule } from '../outbox.ts';
import { scheduleOptions } from '../publish/schedule-options.ts';
import { refusalOf } from '../refusal.ts';
import { lastOf } from '../stored/read-stored.ts';

export interface FencedMessage {
  subject: string;
  data: Uint8Array;
  /** Milliseconds after which the server removes it (whole seconds, at least 1 s); absent: never. */
  ttlMs?: number;
  /** Makes it a schedule, as in the outbox. */
  schedule?: MessageSchedule;
  /** Nothing may be stored here. */
  unless: string;
}

const triesMax = 20;

/** Returns whether it was stored. Throws `unavailable`. */
export async function storeUnless(
  broker: Broker,
  streamKey: StreamKey,
  { subject, data, ttlMs, schedule, unless }: FencedMessage,
): Promise<boolean> {
  const stream = STREAMS[streamKey].name;
  for (let tries = 0; tries < triesMax; tries += 1) {
    try {
      await insist(broker, `storing ${subject}`, () =>
        broker.jetstream.publish(subject, data, {
          headers: fence(unless),
          ...scheduleOptions({ ...(ttlMs !== undefined && { ttlMs }), ...(schedule && { schedule }) }),
        }),
      );
      return true;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === 'full')
        throw new ManyhandsError('unavailable', `stream ${stream} has no room for ${subject}`, { cause: error });
      if (refusal !== 'sequence') throw error;
      // While a write to either subject is in flight the server refuses too: what is stored decides.
      if ((await lastOf(broker, stream, unless)) !== undefined) return false;
    }
  }
  throw new ManyhandsError('unavailable', `${subject} could not be stored: whether there is a ${unless} is not known`);
}

function fence(unless: string): MsgHdrs {
  const head = headers();
  head.set('Nats-Expected-Last-Subject-Sequence', '0');
  head.set('Nats-Expected-Last-Subject-Sequence-Subject', unless);
  return head;
}
