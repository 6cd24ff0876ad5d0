/**
 * Passes over a submission that is stored again although its job is over.
 *
 *   stored ──its job ends, its mailbox is emptied──▶ gone ──its sender got no answer, and stores it again──▶ passed over
 *
 * A job is stored under a subject that must be empty, so a repeat is refused for as long as the first submission is there. Once the mailbox was emptied it is stored, and its job was
 * computed a second time (and counted once, because the view of its end stands), unless the coordinator that saw the end remembered it. What decides is what was stored of the end: a final
 * view, and the event of that round, which is published last. No clock decides: it may go back. So the first submission of such a job is passed over too, as nothing is left to do for it. Only where the
 * view cannot be read an event that is older than the submission has to do.
 *
 * Invariant: nothing else is left out, and no job of which any part of the end is not stored. What was stored within a second after it was made costs no read: no mailbox is emptied sooner, but by a
 * coordinator that is stopped within that second.
 *
 * Reads views, and events. Throws what passes by itself; where they cannot be read for good, the submission counts.
 */
import type { Journal, MailboxMessage } from '@manyhands/actor';
import { lastStored } from '@manyhands/broker';
import { isPassing, type Broker, type Bucket, type StoredMessage } from '@manyhands/nats';
import { eventSubjects, isFinal, keys } from '@manyhands/proto';
import { readableView } from '../progress/readable-view.ts';
import type { JobMessage } from './mailbox-message.ts';

/** Milliseconds between the time a submission was made, by its sender's clock, and the time it was stored, by the server's. */
const LATE_MS = 1_000;

type Mail = MailboxMessage<JobMessage>;

export class RepeatedSubmits {
  readonly #broker: Broker;
  readonly #jobs: Bucket;

  /** `jobs` is the opened bucket of views. */
  constructor(broker: Broker, jobs: Bucket) {
    this.#broker = broker;
    this.#jobs = jobs;
  }

  /** The messages of a batch, without repeats. */
  async without(messages: readonly Mail[]): Promise<readonly Mail[]> {
    if (!messages.some(isLate)) return messages;
    const repeats = await Promise.all(messages.map((mail) => this.#isRepeat(mail)));
    return messages.filter((_, index) => !repeats[index]);
  }

  /** A journal that holds no repeats. */
  over(journal: Journal<JobMessage>): Journal<JobMessage> {
    return { read: async (...range) => this.without(await journal.read(...range)) };
  }

  async #isRepeat(mail: Mail): Promise<boolean> {
    const { actorId, message, storedAtMs } = mail;
    if (message.type !== 'SubmitJob' || !isLate(mail)) return false;
    const { tenant } = message;
    try {
      const value = (await this.#jobs.get(keys.job(tenant, actorId)))?.value;
      if (value === undefined) return false;
      const view = readableView(value);
      if (view === undefined)
        return ((await this.#lastEvent(eventSubjects.finishedOfJob(tenant, actorId)))?.storedAtMs ?? Infinity) < storedAtMs;
      if (!isFinal(view.status)) return false;
      return (await this.#lastEvent(eventSubjects.finished(tenant, actorId, view.round))) !== undefined;
    } catch (error) {
      if (isPassing(error)) throw error;
      return false;
    }
  }

  #lastEvent(subject: string): Promise<StoredMessage | undefined> {
    return lastStored(this.#broker, 'events', subject);
  }
}

/** Whether this is a submission that may have been stored before. */
export function isLate({ message, storedAtMs }: Pick<Mail, 'message' | 'storedAtMs'>): boolean {
  return message.type === 'SubmitJob' && Math.abs(storedAtMs - Date.parse(message.submitted_at)) >= LATE_MS;
}
