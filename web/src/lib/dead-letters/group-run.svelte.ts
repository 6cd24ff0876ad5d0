/**
 * One action on a group of failures, in all of its jobs.
 *
 * Invariant: chunks that die after the jobs were counted are left alone.
 */
import type { Client, FailureGroup, FailureGroupJobs } from '@manyhands/sdk';
import { limits } from '@manyhands/proto/limits';
import { ManyRun, sampleMost } from '../jobs/many-run.svelte.ts';

type GroupJob = FailureGroupJobs['jobs'][number];

export class GroupRun extends ManyRun {
  /** Jobs of the group, by how its chunks may run again: without the other dead chunks of their job, with them, or not at all. */
  alone = $state(0);
  together = $state(0);
  never = $state(0);
  /** Whether jobs run the other dead chunks too, where they would fail by them. */
  withOthers = $state(false);
  /** The newest jobs of it. */
  sample = $state.raw<readonly GroupJob[]>([]);

  jobs = $derived(this.alone + this.together + this.never);
  able = $derived.by(() => (this.action === 'discard' ? this.jobs : this.alone + (this.withOthers ? this.together : 0)));

  #upTo: string | undefined;

  constructor(
    readonly action: 'requeue' | 'discard',
    readonly group: FailureGroup,
    readonly client: Client,
  ) {
    super();
  }

  protected override async look(): Promise<void> {
    [this.alone, this.together, this.never] = [0, 0, 0];
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
    } while (cursor !== undefined && !this.stopped);
  }

  protected override carryOut(): Promise<boolean> {
    const { fingerprint } = this.group;
    return this.askPages((asked) => {
      const page = { ...asked, up_to: this.#upTo };
      return this.action === 'discard'
        ? this.client.discardGroup(fingerprint, page)
        : this.client.requeueGroup(fingerprint, { ...page, others: this.withOthers ? 'requeue' : 'leave' });
    });
  }
}
