/** Step progress: the views of all jobs this coordinator owns. See `job-view-writer.ts` for what holds for each. */
import type { Broker, Bucket } from '@manyhands/nats';
import { coreSubjects, decode, ifReadable, isFinal, keys, LeaseProgress, type JobFinished } from '@manyhands/proto';
import { finishedAs } from '../job/finish.ts';
import { heuristics } from '../scheduling/heuristics.ts';
import { JobViewWriter, type SaveView } from './job-view-writer.ts';
import { HeardLeases } from './live-leases.ts';
import { readableView } from './readable-view.ts';

interface ShownJob {
  writer: JobViewWriter;
  heard: HeardLeases;
}

export class JobViews {
  readonly #bucket: Bucket;
  readonly #jobs = new Map<string, ShownJob>();
  /** Brief jobs that are not over. */
  readonly #brief = new Set<string>();
  readonly #hearing = new Map<string, () => void>();

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /**
   * Shows the newest of these states of each job. Resolves when those with a new status are stored; mere progress follows within
   * 50 ms, the first view of a brief job within 200 ms, or two seconds beside very many. Returns the jobs of which a later state is stored already. Throws `RevisionConflict` when another owner wrote.
   */
  async save(views: readonly SaveView[]): Promise<ReadonlySet<string>> {
    const newest = newestOfEach(views);
    const isCurrent = await Promise.all(newest.map((view) => this.#save(view)));
    return new Set(newest.filter((_, index) => !isCurrent[index]).map((view) => view.state.submit.job_id));
  }

  /** The end of a job that was set aside, unless users have seen another end of this round: then that one. */
  async asShown(event: JobFinished): Promise<JobFinished> {
    const { tenant, job_id: jobId, round = 0, error } = event.job;
    if (error?.code !== 'quarantined') return event;
    const value = (await this.#bucket.get(keys.job(tenant, jobId)))?.value;
    const view = value && readableView(value);
    return view && isFinal(view.status) && (view.round ?? 0) === round ? finishedAs(view, event.trace) : event;
  }

  /** Writes what waits to be written. Never throws: where another owner wrote, its view stands. */
  async writeNow(): Promise<void> {
    await Promise.allSettled([...this.#jobs.values()].map(({ writer }) => writer.writeNow()));
  }

  /** Forgets a job whose activation is gone. */
  forget(jobId: string): void {
    this.#jobs.get(jobId)?.writer.close();
    this.#jobs.delete(jobId);
    this.#brief.delete(jobId);
  }

  /** Listens to the running leases of a partition's jobs, until `leave`. */
  hear(broker: Broker, partition: string): void {
    if (this.#hearing.has(partition)) return;
    this.#hearing.set(
      partition,
      broker.subscribe(coreSubjects.liveOfPartition(partition), (data) => this.heard(data)),
    );
  }

  leave(partition: string): void {
    this.#hearing.get(partition)?.();
    this.#hearing.delete(partition);
  }

  heard(data: Uint8Array): void {
    const progress = readable(data);
    const job = progress && this.#jobs.get(progress.job_id);
    if (!job) return;
    job.heard.hear(progress);
    job.writer.refresh();
  }

  async #save(view: SaveView): Promise<boolean> {
    const jobId = view.state.submit.job_id;
    let job = this.#jobs.get(jobId);
    if (job === undefined) {
      const heard = new HeardLeases();
      job = { heard, writer: new JobViewWriter(this.#bucket, heard) };
      this.#jobs.set(jobId, job);
    }
    job.heard.keepOnly(view.state);
    if (view.urgency === 'status' || view.urgency === 'final') return job.writer.write(view);
    if (view.urgency === 'brief') {
      this.#brief.add(jobId);
      job.writer.hold(view, Math.min(Math.max(heuristics.briefViewMs, 2 * this.#brief.size), heuristics.crowdViewMs));
    } else job.writer.show(view);
    return true;
  }
}

/** The last view of each job; as urgent as the most urgent before it, and fresh if the first was. */
function newestOfEach(views: readonly SaveView[]): SaveView[] {
  const newest = new Map<string, SaveView>();
  for (const view of views) {
    const jobId = view.state.submit.job_id;
    const before = newest.get(jobId);
    const urgency = view.urgency === 'progress' ? (before?.urgency ?? 'progress') : view.urgency;
    newest.set(jobId, { ...view, urgency, fresh: view.fresh || (before?.fresh ?? false) });
  }
  return [...newest.values()];
}

function readable(data: Uint8Array): LeaseProgress | undefined {
  return ifReadable(() => decode(LeaseProgress, data));
}
