/** The mailbox stream as the journal actors are rebuilt from. */
import type { Journal, MailboxMessage } from '@manyhands/actor';
import { isManyhandsError, mailboxSubjects } from '@manyhands/proto';
import { readStored } from '@manyhands/broker';
import type { Broker } from '@manyhands/nats';
import { toMailboxMessage, type MailboxDecoder } from './mailbox-message.ts';

/**
 * Every message read is marked `redelivered`: a reader of the journal does not know what happened to it. Messages that cannot be decoded
 * are left out; they were set aside when they were delivered.
 */
export function createJournal<Message>(broker: Broker, decoder: MailboxDecoder<Message>): Journal<Message> {
  return {
    async read(actorId, after, before) {
      const range = { afterSequence: after, beforeSequence: before };
      const stored = await readStored(broker, 'mailbox', mailboxSubjects.ofJob(actorId), range);
      return stored.flatMap((message): MailboxMessage<Message>[] => {
        try {
          return [toMailboxMessage(message, true, decoder)];
        } catch (error) {
          if (isManyhandsError(error, 'undecodable')) return [];
          throw error;
        }
      });
    },
  };
}
