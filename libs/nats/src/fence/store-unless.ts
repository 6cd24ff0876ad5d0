/**
 * Stores a message unless there is one under another subject of the same stream, decided by the server in one step.
 *
 * Invariant: once the other subject holds a message nothing more is stored by this, however long the caller was frozen in between. Repeating it is
 * storing it again.
 *
 * nats-server 2.15 (`Nats-Expected-Last-Subject-Sequence-Subject`): store-unless.int.spec.ts.
 */
import { ManyhandsError } from '@manyhands/proto/errors';
import type { Broker } from '../broker.ts';
import { headersOf } from '../publish/message-headers.ts';
import type { MessageSchedule } from '../publish/outbox.ts';
import { refusalOf } from '../refusal.ts';
import { lastOf } from '../stored/read-stored.ts';
import type { StoredIn } from '../stream-spec.ts';

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
  { name: stream }: StoredIn,
  { subject, data, ttlMs, schedule, unless }: FencedMessage,
): Promise<boolean> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    try {
      const head = headersOf({
        expectLastSubjectSequence: 0,
        ...(ttlMs !== undefined && { ttlMs }),
        ...(schedule && { schedule }),
      });
      head.set('Nats-Expected-Last-Subject-Sequence-Subject', unless);
      await broker.insist(`storing ${subject}`, () => broker.store(subject, data, head));
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
