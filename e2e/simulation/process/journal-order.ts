/**
 * Other orders in which a rebuilt job might read its journal and the leases in WORK, to see what the real order is worth.
 *
 * The real runtime looks at WORK, then reads the journal before the message at hand. All of that was stored before the message was handed
 * over, so reading it earlier gives the same: the order alone cannot matter, because the bound protects too. Where an owner takes the
 * journal to its end for its past (`whole journal`), the order is all that protects: what leaves WORK between the two reads must be found in
 * the one that comes last.
 */
import type { Journal, MailboxMessage, Recall } from '@manyhands/actor';
import type { JobMessage } from '../../../services/coordinator/src/mailbox/mailbox-message.ts';

export interface JobPast {
  journal: Journal<JobMessage>;
  recall: Recall;
}

const END = Number.MAX_SAFE_INTEGER;

/** The journal is read first, and kept until it is asked for. */
export function journalFirst({ journal, recall }: JobPast): JobPast {
  const early = new Map<string, readonly MailboxMessage<JobMessage>[]>();
  return {
    journal: {
      read: async (actorId, after, before) =>
        (early.get(actorId) ?? []).filter(({ sequence }) => sequence > after && sequence < before),
    },
    recall: {
      async recall(actorId) {
        early.set(actorId, await journal.read(actorId, 0, END));
        return recall.recall(actorId);
      },
    },
  };
}

/** The journal is read to its end, after WORK. */
export function wholeJournal({ journal, recall }: JobPast): JobPast {
  return { recall, journal: { read: (actorId, after) => journal.read(actorId, after, END) } };
}

/** The journal is read to its end, before WORK; what is stored until WORK was read passes for read. */
export function wholeJournalFirst({ journal, recall }: JobPast, lastSequence: (actorId: string) => number): JobPast {
  const early = new Map<string, readonly MailboxMessage<JobMessage>[]>();
  return {
    journal: { read: async (actorId, after) => (early.get(actorId) ?? []).filter(({ sequence }) => sequence > after) },
    recall: {
      async recall(actorId) {
        const read = await journal.read(actorId, 0, END);
        const recalled = await recall.recall(actorId);
        const submit = read.find(({ message }) => message.type === 'SubmitJob');
        // A submission repeated says nothing new: here it only carries the sequence.
        early.set(actorId, submit === undefined ? read : [...read, { ...submit, sequence: lastSequence(actorId) }]);
        return recalled;
      },
    },
  };
}
