/** The journal of the simulated mailbox, read in one request. */
import type { Journal, MailboxMessage } from '@manyhands/actor';
import { decodeJobMessage, type JobMessage } from '@manyhands/jetstream';
import { mailboxSubjects, STREAMS } from '@manyhands/proto';
import type { Connection } from '../broker/connection.ts';
import type { SimulatedBroker } from '../broker/simulated-broker.ts';
import type { Stored } from '../broker/stored-stream.ts';

export function journalOf(broker: SimulatedBroker, connection: Connection): Journal<JobMessage> {
  return {
    async read(actorId, after, before) {
      for (;;) {
        try {
          return await connection.request(() => readAll(broker, actorId, after, before));
        } catch {
          await new Promise((resume) => setTimeout(resume, 100));
        }
      }
    },
  };
}

function readAll(broker: SimulatedBroker, actorId: string, after: number, before: number): MailboxMessage<JobMessage>[] {
  const stream = broker.stream(STREAMS.mailbox.name);
  const messages: MailboxMessage<JobMessage>[] = [];
  for (
    let next: Stored | undefined;
    (next = stream.next(mailboxSubjects.ofJob(actorId), (messages.at(-1)?.sequence ?? after) + 1)) !== undefined;
  ) {
    if (next.sequence >= before) break;
    const { subject, sequence, storedAtMs, data } = next;
    messages.push({ actorId, sequence, storedAtMs, redelivered: true, message: decodeJobMessage(subject, data) });
  }
  return messages;
}
