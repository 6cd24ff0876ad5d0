/**
 * One action on jobs of the list: some of them, or all that fit.
 *
 * Invariant: jobs that were submitted after they were counted are left alone.
 */
import type { JobView } from '@manyhands/proto';
import { ApiProblem } from '@manyhands/sdk';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { commandsOf, type JobCommand } from './commands.ts';
import { searchOf, type ListFilter } from './filter-address.ts';
import { ManyRun, sampleMost } from './many-run.svelte.ts';
import { isFinal } from './status.ts';

export type BulkAction = JobCommand | 'delete';

/** Some jobs of the list, or all that fit. */
export type BulkTarget = { views: readonly JobView[] } | { filter: ListFilter };

function isOpenTo(action: BulkAction, view: JobView): boolean {
  if (action === 'delete') return isFinal(view.status);
  return commandsOf(view, true).some(({ command, refusal }) => command === action && refusal === null);
}

/** Whether it states nothing of the job: there was no answer, or none that could be given now. */
function isOfTheMoment(error: unknown): boolean {
  return error instanceof ApiProblem && [0, 429, 502, 503, 504].includes(error.status);
}

/** Jobs that are asked at once, where each is asked by itself. */
const atOnce = 4;

export class BulkRun extends ManyRun {
  /** Jobs that were chosen, and those of them whose state allows the action. */
  matching = $state(0);
  able = $state(0);
  /** Whether there may be more than were counted. */
  open = $state(false);

  /** The newest of them. */
  readonly sample: readonly JobView[];

  #newest: string | null = null;
  readonly #left: string[] = [];

  constructor(
    readonly action: BulkAction,
    readonly target: BulkTarget,
    /** Jobs that fit, as far as they are loaded. */
    loaded: readonly JobView[],
  ) {
    super();
    this.sample = loaded.filter((view) => isOpenTo(action, view)).slice(0, sampleMost);
  }

  protected override async look(): Promise<void> {
    if ('views' in this.target) {
      const able = this.target.views.filter((view) => isOpenTo(this.action, view));
      this.#left.push(...able.map(({ job_id }) => job_id));
      [this.matching, this.able] = [this.target.views.length, able.length];
    } else {
      const search = searchOf(this.target.filter);
      const [all, able] = await Promise.all([api.countJobs(search), api.countJobs({ ...search, action: this.action })]);
      this.#newest = able.newest;
      [this.matching, this.able, this.open] = [all.count, able.count, !able.complete];
    }
  }

  protected override carryOut(): Promise<boolean> {
    if ('views' in this.target) return this.#askEach();
    const asked = {
      action: this.action,
      ...searchOf(this.target.filter),
      ...(this.#newest !== null && { up_to: this.#newest }),
    };
    return this.askPages((page) => api.bulk({ ...asked, ...page }));
  }

  async #askEach(): Promise<boolean> {
    const askOneByOne = async () => {
      for (let id = this.#take(); id !== undefined; id = this.#take()) {
        try {
          await (this.action === 'delete' ? api.deleteJob(id) : api[this.action](id));
          this.done += 1;
        } catch (error) {
          if (isOfTheMoment(error)) {
            // It has refused nothing: it is asked again when its user goes on, and so are those behind it.
            this.#left.unshift(id);
            this.stop();
            throw error;
          }
          this.failures = [...this.failures, { job_id: id, detail: sentenceOf(error) }];
        }
      }
    };
    for (const end of await Promise.allSettled(Array.from({ length: atOnce }, askOneByOne)))
      if (end.status === 'rejected') throw end.reason;
    return this.#left.length === 0;
  }

  #take(): string | undefined {
    return this.stopped ? undefined : this.#left.shift();
  }
}
