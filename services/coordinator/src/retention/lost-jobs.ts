/**
 * Ends jobs of which nothing is left but their view: mailbox and saved state were removed by hand while they were to run, so no process would ever run them again, and they
 * would be shown as running forever.
 *
 *   shown as to run, no submission, no state, in no memory ──found twice──▶ failed, with what happened and what to do
 *
 * Invariant: only jobs of partitions that are ours and in which nothing waits; the view is written over the revision it was read at. It looks when something may have been lost: at
 * the start, when partitions come over, and after MAILBOX or bucket job_state was missing. Each time it reads a view once, and again only where the job may be lost.
 */
import type { EffectPort } from '@manyhands/actor';
import { lastStored, storedKeys } from '@manyhands/broker';
import type { Broker, Bucket } from '@manyhands/nats';
import type { Logger } from '@manyhands/observe';
import { isFinal, keys, mailboxSubjects, parseJobKey, partitionOf, withoutField, type JobStatus } from '@manyhands/proto';
import { salvageFrom } from '../takeover/job-salvage.ts';
import type { JobEffect } from '../job/effects.ts';
import { jobBehaviour } from '../job/job.actor.ts';

const EVERY_MS = 7_500;
/** How long it goes on looking after something may have been lost. */
const LOOKS_FOR_MS = 60_000;
const REASON = 'its mailbox and its saved state were removed from NATS';

/** The partitions of a coordinator in which nothing waits, and whether a job is in its memory or has ended there lately: then it is not lost. */
export interface Held {
  quiet: ReadonlySet<string>;
  isKnown(jobId: string): boolean;
}

export interface LostJobsParts {
  broker: Broker;
  buckets: Readonly<Record<'jobs' | 'jobState', Bucket>>;
  effects: Pick<EffectPort<JobEffect>, 'perform'>;
  held(): Held;
  log: Logger;
  everyMs?: number;
}

export class LostJobs {
  readonly #parts: LostJobsParts;
  #found: ReadonlySet<string> = new Set();
  /** Jobs found in good order since something may have been lost: they are not looked at again. */
  #inOrder = new Set<string>();
  #stopped = false;
  #looksUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: LostJobsParts) {
    this.#parts = parts;
  }

  /** Something may have been lost just now. */
  mayBe(): void {
    this.#inOrder = new Set();
    this.#looksUntilMs = performance.now() + LOOKS_FOR_MS;
    this.#timer ??= setInterval(() => {
      if (performance.now() > this.#looksUntilMs) this.#rest();
      else this.#looking ??= this.#trySweep().finally(() => (this.#looking = undefined));
    }, this.#parts.everyMs ?? EVERY_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rest();
    await this.#looking;
  }

  /** Ends what this sweep and the last one found alike; returns how many. */
  async sweep(): Promise<number> {
    const held = this.#parts.held();
    const inOrder = this.#inOrder;
    const found = new Set<string>();
    let ended = 0;
    for (const key of await storedKeys(this.#parts.broker, 'jobs')) {
      if (this.#stopped) break;
      const jobId = parseJobKey(key)?.jobId;
      if (jobId === undefined || !held.quiet.has(partitionOf(jobId)) || held.isKnown(jobId) || inOrder.has(jobId)) continue;
      if (!(await this.#isLost(key, jobId))) inOrder.add(jobId);
      else if (!this.#found.has(jobId)) found.add(jobId);
      else if (await this.#end(jobId)) ended += 1;
    }
    this.#found = found;
    return ended;
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #isLost(key: string, jobId: string): Promise<boolean> {
    const { broker, buckets } = this.#parts;
    const view = (await buckets.jobs.get(key))?.value;
    if (view === undefined || !isToRun(view)) return false;
    if ((await buckets.jobState.get(keys.jobState(jobId)))?.value !== undefined) return false;
    return (await lastStored(broker, 'mailbox', mailboxSubjects.submit(jobId))) === undefined;
  }

  async #end(jobId: string): Promise<boolean> {
    const { broker, buckets, effects, log } = this.#parts;
    const job = await salvageFrom(broker, buckets.jobs)(jobId, false);
    const end = job && jobBehaviour.setAside?.(jobId, job, { step: 'load', reason: REASON }, Date.now());
    if (!end) return false;
    await effects.perform(
      end.effects.map((effect) => ({ actorId: jobId, effect })),
      () => undefined,
    );
    log.error({ job: jobId }, `this job has ended, because ${REASON}`);
    return true;
  }

  async #trySweep(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'lost jobs could not be looked for; the coordinator tries again');
    }
  }
}

/** A view that cannot be read is written again by its owner. */
function isToRun(view: Uint8Array): boolean {
  try {
    const { status } = JSON.parse(withoutField(new TextDecoder().decode(view), 'result').rest) as { status: JobStatus };
    return !isFinal(status);
  } catch {
    return false;
  }
}
