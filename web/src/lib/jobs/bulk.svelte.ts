/**
 * One action on many jobs: counted first, then carried out, each job for itself.
 *
 *   counting ──▶ asking ──▶ running ──▶ over        running ──stopped or not answered──▶ asking (goes on where it was)
 *
 * Invariant: jobs that were submitted after they were counted are left alone.
 */
import type { JobView } from '@manyhands/proto';
import { limits } from '@manyhands/proto/limits';
import { api } from '../api.ts';
import { sentenceOf } from '../api-problem.ts';
import { commandsOf, type JobCommand } from './commands.ts';
import { searchOf, type ListFilter } from './filter-address.ts';

/** Some jobs of the list, or all that fit. */
export type BulkTarget = { views: readonly JobView[] } | { filter: ListFilter };

function isOpenTo(action: JobCommand, view: JobView): boolean {
  return commandsOf(view, true).some(({ command, refusal }) => command === action && refusal === null);
}

const sampleMost = 5;
/** Jobs that are asked at once, where each is asked by itself. */
const atOnce = 4;

export class BulkRun {
  state = $state<'counting' | 'asking' | 'running' | 'over'>('counting');
  /** Jobs that were chosen, and those of them whose state allows the action. */
  matching = $state(0);
  able = $state(0);
  /** Whether there may be more than were counted. */
  open = $state(false);
  done = $state(0);
  failures = $state.raw<readonly { job_id: string; detail: string }[]>([]);
  problem = $state<string | null>(null);

  /** The newest of them. */
  readonly sample: readonly JobView[];

  #stopped = false;
  #newest: string | null = null;
  #cursor: string | undefined;
  readonly #left: string[] = [];

  constructor(
    readonly action: JobCommand,
    readonly target: BulkTarget,
    /** Jobs that fit, as far as they are loaded. */
    loaded: readonly JobView[],
  ) {
    this.sample = loaded.filter((view) => isOpenTo(action, view)).slice(0, sampleMost);
  }

  async count(): Promise<void> {
    this.problem = null;
    try {
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
      const isOver = 'views' in this.target ? await this.#askEach() : await this.#askPages(this.target.filter);
      this.state = isOver ? 'over' : 'asking';
    } catch (error) {
      this.problem = sentenceOf(error);
      this.state = 'asking';
    }
  }

  /** After the jobs that are being asked now. */
  stop(): void {
    this.#stopped = true;
  }

  async #askPages(filter: ListFilter): Promise<boolean> {
    const asked = { action: this.action, ...searchOf(filter), ...(this.#newest !== null && { up_to: this.#newest }) };
    while (!this.#stopped) {
      const page = await api.bulk({ ...asked, limit: limits.bulkJobsMax, cursor: this.#cursor });
      this.done += page.done;
      this.failures = [...this.failures, ...page.failures];
      if (page.next_cursor === null) return true;
      this.#cursor = page.next_cursor;
    }
    return false;
  }

  async #askEach(): Promise<boolean> {
    const askOneByOne = async () => {
      for (let id = this.#take(); id !== undefined; id = this.#take()) {
        try {
          await api[this.action](id);
          this.done += 1;
        } catch (error) {
          this.failures = [...this.failures, { job_id: id, detail: sentenceOf(error) }];
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, askOneByOne));
    return this.#left.length === 0;
  }

  #take(): string | undefined {
    return this.#stopped ? undefined : this.#left.shift();
  }
}
