/**
 * One action on a group of failures, in all of its jobs: they are looked at first, then it is carried out, each job for itself.
 *
 *   counting ──▶ asking ──▶ running ──▶ over        running ──stopped or not answered──▶ asking (goes on where it was)
 *
 * Invariant: chunks that die after the jobs were counted are left alone.
 */
import type { Client, FailureGroup, FailureGroupJobs } from '@manyhands/sdk';
import { limits } from '@manyhands/proto/limits';
import { sentenceOf } from '../api-problem.ts';

type GroupJob = FailureGroupJobs['jobs'][number];

const sampleMost = 5;

export class GroupRun {
  state = $state<'counting' | 'asking' | 'running' | 'over'>('counting');
  /** Jobs of the group, by how its chunks may run again: without the other dead chunks of their job, with them, or not at all. */
  alone = $state(0);
  together = $state(0);
  never = $state(0);
  /** Whether jobs run the other dead chunks too, where they would fail by them. */
  withOthers = $state(false);
  done = $state(0);
  failures = $state.raw<readonly { job_id: string; detail: string }[]>([]);
  problem = $state<string | null>(null);
  /** The newest jobs of it. */
  sample = $state.raw<readonly GroupJob[]>([]);

  jobs = $derived(this.alone + this.together + this.never);
  /** Jobs that it is possible for. */
  able = $derived.by(() => (this.action === 'discard' ? this.jobs : this.alone + (this.withOthers ? this.together : 0)));

  #stopped = false;
  #upTo: string | undefined;
  #cursor: string | undefined;

  constructor(
    readonly action: 'requeue' | 'discard',
    readonly group: FailureGroup,
    readonly client: Client,
  ) {}

  async count(): Promise<void> {
    this.#stopped = false;
    this.problem = null;
    [this.alone, this.together, this.never] = [0, 0, 0];
    try {
      let cursor: string | undefined;
      do {
        const page = await this.client.failureGroup(this.group.fingerprint, { limit: limits.pageSizeMax, cursor });
        if (cursor === undefined) [this.#upTo, this.sample] = [page.up_to, page.jobs.slice(0, sampleMost)];
        for (const { requeue } of page.jobs) {
          if (requeue === 'alone') this.alone += 1;
          else if (requeue === 'with others') this.together += 1;
          else this.never += 1;
        }
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined && !this.#stopped);
      this.state = 'asking';
    } catch (error) {
      this.problem = sentenceOf(error);
    }
  }

  async run(): Promise<void> {
    this.state = 'running';
    this.#stopped = false;
    this.problem = null;
    try {
      this.state = (await this.#askPages()) ? 'over' : 'asking';
    } catch (error) {
      this.problem = sentenceOf(error);
      this.state = 'asking';
    }
  }

  /** After the jobs that are being asked now. */
  stop(): void {
    this.#stopped = true;
  }

  async #askPages(): Promise<boolean> {
    const { fingerprint } = this.group;
    while (!this.#stopped) {
      const page = { up_to: this.#upTo, limit: limits.bulkJobsMax, cursor: this.#cursor };
      const answer =
        this.action === 'discard'
          ? await this.client.discardGroup(fingerprint, page)
          : await this.client.requeueGroup(fingerprint, { ...page, others: this.withOthers ? 'requeue' : 'leave' });
      this.done += answer.done;
      this.failures = [...this.failures, ...answer.failures];
      if (answer.next_cursor === null) return true;
      this.#cursor = answer.next_cursor;
    }
    return false;
  }
}
