/**
 * Empties the mailboxes of jobs that are over: what they were computed from is not needed once their end is stored everywhere it belongs.
 *
 *   over ──after a while──▶ due ──purged──▶ gone        due ──the server is away──▶ due, later
 *
 * Invariant: only messages that the end includes are removed, so a command that came since stays. It waits longer than any client repeats a submission that
 * may or may not have been stored. What is not removed, because this process died meanwhile, leaves by its age; a job that may be run again
 * has its snapshot.
 *
 * A purge costs the server about 2 ms of processor (nats-server 2.15, nine messages of 27,000), which is more than the whole small job did. So they leave a few at a time, in the background of whatever
 * runs, and only hurry once MAILBOX fills.
 */
import { levelOf, purgeStored } from '@manyhands/broker';
import { isPassing, type Broker } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { mailboxSubjects } from '@manyhands/proto';

export interface TidyPace {
  tickMs: number;
  /** Mailboxes emptied in one tick. */
  perTick: number;
  /** Milliseconds after the end. */
  afterMs: number;
  /** The same while MAILBOX fills; then as many are emptied as are due. */
  hurriedAfterMs: number;
}

const PACE: TidyPace = { tickMs: 1_000, perTick: 20, afterMs: 120_000, hurriedAfterMs: 10_000 };
/** The part of MAILBOX's limit from which there is a hurry. */
const FILLING = 0.25;
/** Ticks between two looks at how full it is. */
const LOOK_EVERY = 5;
const TOGETHER_MAX = 16;
/** Beyond so many the oldest are left to their age. */
const OVER_MAX = 100_000;

interface Over {
  jobId: string;
  through: number;
  endedMs: number;
}

export class JobTidy {
  readonly #broker: Broker;
  readonly #log: Logger;
  readonly #pace: TidyPace;
  #over: Over[] = [];
  #ticks = 0;
  #hurried = false;
  #ticking: NodeJS.Timeout | undefined;
  #tidying: Promise<void> | undefined;

  constructor(broker: Broker, log: Logger, pace: Partial<TidyPace> = {}) {
    this.#broker = broker;
    this.#log = log;
    this.#pace = { ...PACE, ...pace };
  }

  /** Mailboxes that wait to be emptied. */
  get waitingCount(): number {
    return this.#over.length;
  }

  /** All of this job up to the sequence `through` of MAILBOX is history. */
  add(jobId: string, through: number): void {
    this.#over.push({ jobId, through, endedMs: performance.now() });
    if (this.#over.length > OVER_MAX) this.#over = this.#over.slice(this.#over.length - OVER_MAX / 2);
    this.#ticking ??= setInterval(() => this.#tick(), this.#pace.tickMs);
  }

  /** Empties what waits, due or not, as far as it gets in this time. */
  async close(withinMs: number): Promise<void> {
    clearInterval(this.#ticking);
    await this.#tidying;
    const deadlineMs = performance.now() + withinMs;
    while (this.#over.length > 0 && performance.now() < deadlineMs) if (!(await this.#tidy(TOGETHER_MAX, Infinity))) return;
  }

  #tick(): void {
    if (this.#over.length === 0) {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
      return;
    }
    this.#tidying ??= this.#tidySome().finally(() => (this.#tidying = undefined));
  }

  async #tidySome(): Promise<void> {
    const { perTick, afterMs, hurriedAfterMs } = this.#pace;
    if (this.#ticks % LOOK_EVERY === 0) this.#hurried = await this.#isFilling();
    this.#ticks += 1;
    const byMs = performance.now() - (this.#hurried ? hurriedAfterMs : afterMs);
    for (
      let left = this.#hurried ? Infinity : perTick;
      left > 0 && (this.#over[0]?.endedMs ?? Infinity) <= byMs;
      left -= TOGETHER_MAX
    ) {
      if (!(await this.#tidy(Math.min(left, TOGETHER_MAX), byMs))) return;
    }
  }

  async #isFilling(): Promise<boolean> {
    try {
      return (await levelOf(this.#broker, 'mailbox')) > FILLING;
    } catch (error) {
      this.#log.debug({ err: error, step: 'finish' }, 'how full MAILBOX is could not be read; it is assumed not to fill');
      return false;
    }
  }

  /** Empties the first of those that ended by then; false when the server is away. */
  async #tidy(countMax: number, byMs: number): Promise<boolean> {
    const count = this.#over.slice(0, countMax).filter(({ endedMs }) => endedMs <= byMs).length;
    const some = this.#over.splice(0, count);
    const outcomes = await Promise.allSettled(
      some.map(({ jobId, through }) => purgeStored(this.#broker, 'mailbox', mailboxSubjects.ofJob(jobId), through)),
    );
    const left = some.filter(
      (_, index) => outcomes[index]!.status === 'rejected' && isPassing((outcomes[index] as PromiseRejectedResult).reason),
    );
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        this.#log.debug({ err: outcome.reason as unknown, step: 'finish' }, 'a mailbox was not emptied');
    this.#over.unshift(...left);
    return left.length === 0;
  }
}
