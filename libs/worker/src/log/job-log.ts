/**
 * Step log: stores what the task code of jobs logs, beside the work.
 *
 *   line ──gathered──▶ waiting ──a batch at a time, ten a second at most──▶ stored
 *        ──too many wait──▶ dropped, and counted                └──NATS is away for `LOG_PATIENCE_MS`──▶ dropped, and counted
 *
 * Invariant: nothing waits for a line, and lines that wait are bounded; so under load lines are lost and no work is slowed. How many of a job were
 * lost here is a line of that job as soon as one can be stored again. One batch is under way at a time, because each costs the server a flush.
 */
import { within, type Outbox, type OutgoingMessage } from '@manyhands/nats';
import { type ComputeLease, encode, type LogLine, logSubjects, runOf } from '@manyhands/proto';
import type { LogLine as SlotLine } from '../slot/slot-messages.ts';

/** Lines that wait, and their bytes. */
export const WAITING_MAX = 2_000;
export const WAITING_BYTES_MAX = 2 * 1024 ** 2;
/** Lines of one batch. */
export const BATCH_MAX = 256;
const BATCH_EVERY_MS = 100;
/** How long a batch is tried. */
export const LOG_PATIENCE_MS = 5_000;

/** Who logged. */
type LoggingLease = Pick<ComputeLease, 'tenant' | 'job_id' | 'task'>;

interface Lost {
  lease: LoggingLease;
  slot: number;
  count: number;
}

export class JobLog {
  readonly #outbox: Outbox;
  readonly #worker: string;
  readonly #waiting: { message: OutgoingMessage; lost: Lost }[] = [];
  #waitingBytes = 0;
  /** By subject. */
  readonly #lost = new Map<string, Lost>();
  #storing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #storedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(outbox: Outbox, worker: string) {
    this.#outbox = outbox;
    this.#worker = worker;
  }

  add(lease: LoggingLease, slot: number, line: SlotLine): void {
    if (this.#closed) return;
    const message = { subject: logSubjects.ofJob(lease.tenant, lease.job_id), data: encode(this.#lineOf(lease, slot, line)) };
    const lost = { lease, slot, count: 1 };
    if (this.#waiting.length >= WAITING_MAX || this.#waitingBytes + message.data.length > WAITING_BYTES_MAX)
      this.#lose(message.subject, lost);
    else {
      this.#waiting.push({ message, lost });
      this.#waitingBytes += message.data.length;
    }
    this.#schedule();
  }

  /** Stores what waits, as far as that goes in this time. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const deadlineMs = performance.now() + withinMs;
    while ((this.#storing || this.#waiting.length > 0) && performance.now() < deadlineMs) {
      this.#storing ??= this.#store();
      await within(deadlineMs - performance.now(), this.#storing);
    }
    this.#waiting.length = 0;
  }

  #lineOf({ job_id, task }: LoggingLease, slot: number, line: SlotLine): LogLine {
    const { level, message, fields, chunk } = line;
    return {
      v: 1,
      type: 'LogLine',
      job_id,
      at: new Date().toISOString(),
      level,
      message,
      ...(fields !== undefined && { fields }),
      ...(chunk !== undefined && { chunk }),
      attempt: runOf(task.attempt) + 1,
      worker: this.#worker,
      slot,
    };
  }

  #schedule(): void {
    if (this.#closed || this.#storing || this.#timer || this.#waiting.length + this.#lost.size === 0) return;
    const dueInMs = Math.max(0, this.#storedAtMs + BATCH_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#storing ??= this.#store();
    }, dueInMs);
  }

  async #store(): Promise<void> {
    this.#addLost();
    const batch = this.#waiting.splice(0, BATCH_MAX);
    for (const { message } of batch) this.#waitingBytes -= message.data.length;
    try {
      await this.#outbox.publishAll(batch.map(({ message }) => message));
    } catch {
      // Some may be stored: better a line too many than work that waits.
      for (const { message, lost } of batch) this.#lose(message.subject, lost);
    }
    this.#storedAtMs = performance.now();
    this.#storing = undefined;
    this.#schedule();
  }

  #lose(subject: string, { lease, slot, count }: Lost): void {
    this.#lost.set(subject, { lease, slot, count: count + (this.#lost.get(subject)?.count ?? 0) });
  }

  /** Behind what waits, so before the lines that come after the lost ones. */
  #addLost(): void {
    for (const [subject, { lease, slot, count }] of this.#lost) {
      if (this.#waiting.length >= WAITING_MAX) return;
      const message = `${count} lines of this job were lost here: more than this worker could store in time`;
      const data = encode(this.#lineOf(lease, slot, { level: 'warn', message }));
      this.#waiting.push({ message: { subject, data }, lost: { lease, slot, count } });
      this.#waitingBytes += data.length;
      this.#lost.delete(subject);
    }
  }
}
