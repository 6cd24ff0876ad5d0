/**
 * Knows whether a job accepted now would find room for everything it needs later: its messages, leases, timer, view and state.
 *
 * Invariant: asked any number of times it reads the server about once a second, and counts in what was accepted since. What is still to be written for
 * jobs that no coordinator has taken up is counted as if it were there: one view for each message that waits in the mailbox. So accepted jobs find room for
 * their ends while new ones are refused.
 *
 * A server that does not answer soon is no reason to refuse: storing the job will show it.
 */
import { bucketStream, within, type Broker } from '@manyhands/nats';
import { BUCKETS, STREAMS } from '@manyhands/proto';
import { shortageOf, type Level, type RoomKey } from './shortage.ts';

const streamNames: Readonly<Record<RoomKey, string>> = {
  mailbox: STREAMS.mailbox.name,
  work: STREAMS.work.name,
  timers: STREAMS.timers.name,
  jobs: bucketStream(BUCKETS.jobs.name),
  jobState: bucketStream(BUCKETS.jobState.name),
};
const looking = 'reading how full the streams are';
const roomKeys = Object.keys(streamNames) as RoomKey[];

/** Levels older than this are read again, beside the answer. */
const freshMs = 1_000;
/** Levels older than this are no answer: the question waits for new ones, but not for long. */
const staleMs = 3_000;
const patienceMs = 250;
/** Bytes of a small job's view as stored, beside its params; and what the server adds to a message. */
const VIEW_BYTES = 1_500;
const MESSAGE_BYTES = 200;

interface Reading {
  atMs: number;
  levels: Level[];
  /** Mailbox messages no coordinator has acknowledged. */
  waiting: number;
}

export class Room {
  readonly #broker: Broker;
  readonly #nowMs: () => number;
  #reading: Reading | undefined;
  #asking: Promise<void> | undefined;
  #trouble = 'no answer';
  /** Accepted since the last reading. */
  #accepted = { jobs: 0, bytes: 0 };

  constructor(broker: Broker, nowMs: () => number = () => performance.now()) {
    this.#broker = broker;
    this.#nowMs = nowMs;
  }

  /** Why no small job would be stored now, as the leaders of what jobs need report; undefined when it would. Counts nothing, never throws. */
  async standing(withinMs: number): Promise<string | undefined> {
    const ageMs = this.#nowMs() - (this.#reading?.atMs ?? -Infinity);
    if (ageMs > freshMs) await within(withinMs, (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))));
    if (this.#reading === undefined || this.#nowMs() - this.#reading.atMs > staleMs)
      return `NATS does not report how full its streams are (${this.#trouble}): JetStream may be off, or a stream may have no leader.`;
    return this.#shortage(0);
  }

  /** Why a job with a submission of so many bytes would not find room; undefined when it is to be accepted, which is counted. */
  async shortage(submitBytes: number): Promise<string | undefined> {
    const ageMs = this.#nowMs() - (this.#reading?.atMs ?? -Infinity);
    if (ageMs > freshMs) this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    if (ageMs > staleMs && this.#asking !== undefined) await within(patienceMs, this.#asking);
    if (this.#reading === undefined) return undefined;
    const shortage = this.#shortage(submitBytes);
    const { jobs, bytes } = this.#accepted;
    if (shortage === undefined) this.#accepted = { jobs: jobs + 1, bytes: bytes + submitBytes };
    return shortage;
  }

  #shortage(submitBytes: number): string | undefined {
    const { levels, waiting } = this.#reading!;
    const { jobs, bytes } = this.#accepted;
    return shortageOf(levels, {
      mailbox: bytes + jobs * MESSAGE_BYTES + submitBytes + MESSAGE_BYTES,
      jobs: bytes + submitBytes + (waiting + jobs + 1) * VIEW_BYTES,
    });
  }

  /** Never throws. */
  async #ask(): Promise<void> {
    const before = this.#accepted;
    try {
      const [levels, waiting] = await Promise.all([Promise.all(roomKeys.map((key) => this.#levelOf(key))), this.#waiting()]);
      this.#reading = { atMs: this.#nowMs(), levels, waiting };
      // What was accepted while the question was under way may not be in the answer.
      this.#accepted = { jobs: this.#accepted.jobs - before.jobs, bytes: this.#accepted.bytes - before.bytes };
      this.#broker.troubles.succeeded(looking);
    } catch (error) {
      this.#broker.troubles.failed(looking, error);
      this.#trouble = error instanceof Error ? error.message : String(error);
      // The levels of before hold until they are stale; without any, nothing is refused.
      if (this.#nowMs() - (this.#reading?.atMs ?? 0) > staleMs) this.#reading = undefined;
    }
  }

  async #levelOf(what: RoomKey): Promise<Level> {
    const { state, config } = await this.#broker.manager.streams.info(streamNames[what]);
    return { what, bytes: state.bytes, maxBytes: config.max_bytes };
  }

  async #waiting(): Promise<number> {
    let waiting = 0;
    for await (const { config, num_pending, num_ack_pending } of this.#broker.manager.consumers.list(STREAMS.mailbox.name)) {
      if (config.durable_name !== undefined) waiting += num_pending + num_ack_pending;
    }
    return waiting;
  }
}
