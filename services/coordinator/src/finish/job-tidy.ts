/**
 * Empties the mailboxes of jobs that are over: what they were computed from is needed by nobody once their end is stored everywhere it belongs.
 *
 *   over ──after a while──▶ due ──purged──▶ gone        due ──the server is away──▶ due, later
 *
 * Always true: only messages that the end includes are removed, so a command that came since stays. It waits longer than anybody repeats a submission that
 * may or may not have been stored. What is not removed, because this process died meanwhile, leaves by its age; a job that may be run again
 * has its snapshot.
 */
import { isPassing, purgeStored, type Broker } from '@manyhands/jetstream';
import type { Logger } from '@manyhands/observe';
import { mailboxSubjects } from '@manyhands/proto';

const TIDY_AFTER_MS = 120_000;
const TICK_MS = 1_000;
const TOGETHER_MAX = 16;
/** Beyond so many the oldest are left to their age. */
const DUE_MAX = 100_000;

interface Over {
  jobId: string;
  through: number;
  dueMs: number;
}

export class JobTidy {
  readonly #broker: Broker;
  readonly #log: Logger;
  readonly #afterMs: number;
  #over: Over[] = [];
  #ticking: NodeJS.Timeout | undefined;
  #tidying: Promise<void> = Promise.resolve();

  constructor(broker: Broker, log: Logger, afterMs = TIDY_AFTER_MS) {
    this.#broker = broker;
    this.#log = log;
    this.#afterMs = afterMs;
  }

  /** Mailboxes that wait to be emptied. */
  get waitingCount(): number {
    return this.#over.length;
  }

  /** All of this job up to the sequence `through` of MAILBOX is history. */
  add(jobId: string, through: number): void {
    this.#over.push({ jobId, through, dueMs: performance.now() + this.#afterMs });
    if (this.#over.length > DUE_MAX) this.#over = this.#over.slice(this.#over.length - DUE_MAX / 2);
    this.#ticking ??= setInterval(() => this.#tick(), Math.min(TICK_MS, Math.max(1, this.#afterMs)));
  }

  /** Empties what waits, due or not, as far as it gets in this time. */
  async close(withinMs: number): Promise<void> {
    clearInterval(this.#ticking);
    const deadlineMs = performance.now() + withinMs;
    while (this.#over.length > 0 && performance.now() < deadlineMs) {
      const before = this.#over.length;
      await this.#tidy(Infinity);
      if (this.#over.length >= before) return;
    }
  }

  #tick(): void {
    if (this.#over.length === 0) {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
      return;
    }
    this.#tidying = this.#tidying.then(() => this.#tidyDue());
  }

  async #tidyDue(): Promise<void> {
    while ((this.#over[0]?.dueMs ?? Infinity) <= performance.now()) if (!(await this.#tidy(performance.now()))) return;
  }

  /** Some of those that are due by then, together; false when the server is away. */
  async #tidy(byMs: number): Promise<boolean> {
    const count = this.#over.slice(0, TOGETHER_MAX).filter(({ dueMs }) => dueMs <= byMs).length;
    const some = this.#over.splice(0, count);
    const outcomes = await Promise.allSettled(some.map(({ jobId, through }) => purgeStored(this.#broker, 'mailbox', mailboxSubjects.ofJob(jobId), through)));
    const left = some.filter((_, index) => outcomes[index]!.status === 'rejected' && isPassing((outcomes[index] as PromiseRejectedResult).reason));
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.#log.debug({ err: outcome.reason as unknown, step: 'finish' }, 'a mailbox was not emptied');
    this.#over.unshift(...left);
    return left.length === 0;
  }
}
