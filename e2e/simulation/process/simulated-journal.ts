/** The journal of the simulated mailbox, read in one request. */
import type { Journal, MailboxMessage } from '@manyhands/actor';
import { decodeJobMessage, type JobMessage } from '../../../services/coordinator/src/mailbox/mailbox-message.ts';
import { isManyhandsError, mailboxSubjects, STREAMS } from '@manyhands/proto';
import type { Connection } from '../broker/connection.ts';
import type { SimulatedBroker } from '../broker/simulated-broker.ts';
import type { Stored } from '../broker/stored-stream.ts';

export function journalOf(broker: SimulatedBroker, connection: Connection): Journal<JobMessage> {
  return {
    async read(actorId, after, before) {
      for (;;) {
        try {
          return (await connection.request(() => readAll(broker, actorId, after, before))).flatMap((stored) =>
            readable(actorId, stored),
          );
        } catch {
          await new Promise((resume) => setTimeout(resume, 100));
        }
      }
    },
  };
}

function readAll(broker: SimulatedBroker, actorId: string, after: number, before: number): Stored[] {
  const stream = broker.stream(STREAMS.mailbox.name);
  const read: Stored[] = [];
  for (;;) {
    const next = stream.next(mailboxSubjects.ofJob(actorId), (read.at(-1)?.sequence ?? after) + 1);
    if (next === undefined || next.sequence >= before) return read;
    read.push(next);
  }
}

/** What cannot be read was set aside when it was handed over. */
function readable(actorId: string, { subject, sequence, storedAtMs, data }: Stored): MailboxMessage<JobMessage>[] {
  try {
    return [{ actorId, sequence, storedAtMs, redelivered: true, bytes: data.length, message: decodeJobMessage(subject, data) }];
  } catch (error) {
    if (isManyhandsError(error, 'undecodable')) return [];
    throw error;
  }
}
