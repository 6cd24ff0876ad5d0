/**
 * Watches everything the broker stores, and says what broke the promises: while it runs, and when it is at rest.
 *
 * A violation is a sentence. None of them depends on how the system works inside: only on what it stored for others to see, but for the
 * snapshots, whose fence is looked at directly because nothing else would show it (see mutants.spec.ts).
 */
import { BUCKETS, isFinal, STREAMS, type DeadChunk, type JobFinished, type JobView } from '@manyhands/proto';
import { MOVES } from '../../services/coordinator/src/job/state.ts';
import type { SimulatedBroker } from './broker/simulated-broker.ts';
import type { Stored } from './broker/stored-stream.ts';
import type { Scenario, SimulatedJob } from './scenario.ts';

const text = new TextDecoder();

export class Ledger {
  readonly violations: string[] = [];
  /** Second leases of stragglers, and results of leases that made room. */
  copied = 0;
  madeRoom = 0;
  /** The newest view of each job. */
  readonly views = new Map<string, JobView>();
  readonly #scenario: Scenario;
  /** Violations that are not counted. */
  readonly #forgiven: RegExp | undefined;
  readonly #snapshotSequences = new Map<string, number>();
  readonly #results = new Set<string>();
  readonly #events = new Map<string, JobFinished>();
  readonly #letters = new Map<string, DeadChunk>();

  constructor(scenario: Scenario, forgiven: RegExp | undefined) {
    this.#scenario = scenario;
    this.#forgiven = forgiven;
  }

  get allFinal(): boolean {
    return this.#scenario.jobs.every(({ id }) => this.#events.has(id) && isFinal(this.views.get(id)?.status ?? 'pending'));
  }

  get savedStates(): number {
    return this.#snapshotSequences.size;
  }

  stored(stream: string, message: Stored): void {
    if (stream === `KV_${BUCKETS.jobs.name}`) this.#sawView(JSON.parse(text.decode(message.data)) as JobView);
    else if (stream === `KV_${BUCKETS.jobState.name}`) this.#sawSnapshot(message);
    else if (stream === STREAMS.mailbox.name) this.#sawMail(message);
    else if (stream === STREAMS.work.name) this.copied += /"lease":"[^"]*-copy"/.test(text.decode(message.data)) ? 1 : 0;
    else if (stream === STREAMS.events.name) this.#sawEvent(JSON.parse(text.decode(message.data)) as JobFinished);
    else if (message.subject.startsWith('dead.chunk.')) this.#sawDeath(message);
    else if (stream === STREAMS.dead.name) this.#say(`a message was set aside: ${text.decode(message.data).slice(0, 500)}`);
  }

  /** To be called when nothing happens any more. */
  atRest(broker: SimulatedBroker): void {
    for (const job of this.#scenario.jobs) this.#checkJob(job);
    const waiting = broker.stream(STREAMS.work.name).size;
    if (waiting > 0) this.#say(`${waiting} leases are left in WORK`);
    const held = broker.lanes.reduce((sum, { heldCount }) => sum + heldCount, 0);
    if (held > 0) this.#say(`${held} leases are not settled`);
    if (broker.partition.unfinished) this.#say('the mailbox holds messages nobody acknowledged');
  }

  #say(violation: string): void {
    if (this.violations.length < 20 && this.#forgiven?.test(violation) !== true) this.violations.push(violation);
  }

  #sawView(view: JobView): void {
    const before = this.views.get(view.job_id);
    this.views.set(view.job_id, view);
    const counted = view.completed_chunks + view.failed_chunks;
    const drawn = [...view.chunks.done, ...view.chunks.failed, ...view.chunks.leased].reduce(
      (sum, [begin, end]) => sum + end - begin,
      0,
    );
    if (counted > view.total_chunks || drawn > view.total_chunks)
      this.#say(`a view of ${view.job_id} counts ${counted}, draws ${drawn} of ${view.total_chunks} chunks`);
    if (before === undefined) return;
    if (isFinal(before.status)) this.#say(`the final view of ${view.job_id} (${before.status}) was overwritten (${view.status})`);
    else if (before.status !== view.status && !MOVES[before.status].includes(view.status))
      this.#say(`${view.job_id} went from ${before.status} to ${view.status}`);
    if (counted < before.completed_chunks + before.failed_chunks)
      this.#say(`the count of ${view.job_id} went back from ${before.completed_chunks + before.failed_chunks} to ${counted}`);
    // A job that failed or was cancelled shows what was counted; its running leases no longer add to the bar.
    if (view.progress < before.progress)
      this.#say(`the bar of ${view.job_id} went back from ${before.progress} to ${view.progress}`);
  }

  #sawSnapshot({ subject, data, removal }: Stored): void {
    if (removal) return void this.#snapshotSequences.delete(subject);
    const { sequence } = JSON.parse(text.decode(data)) as { sequence: number };
    const before = this.#snapshotSequences.get(subject) ?? 0;
    if (sequence < before) this.#say(`the saved state under ${subject} went back from message ${before} to ${sequence}`);
    this.#snapshotSequences.set(subject, sequence);
  }

  #sawMail({ subject, data }: Stored): void {
    if (!subject.includes('.result.')) return;
    if (/"failed":\[\],"left":/.test(text.decode(data))) this.madeRoom += 1;
    if (this.#results.has(subject)) this.#say(`two results of one lease are stored: ${subject}`);
    this.#results.add(subject);
  }

  #sawDeath({ subject, data }: Stored): void {
    if (this.#letters.has(subject)) this.#say(`a chunk was set aside twice: ${subject}`);
    this.#letters.set(subject, JSON.parse(text.decode(data)) as DeadChunk);
  }

  #sawEvent(event: JobFinished): void {
    const { job_id } = event.job;
    if (this.#events.has(job_id)) this.#say(`the end of ${job_id} was told twice`);
    this.#events.set(job_id, event);
    const view = this.views.get(job_id);
    if (view === undefined || !isFinal(view.status)) this.#say(`the end of ${job_id} was told before its final view was stored`);
  }

  #checkJob(job: SimulatedJob): void {
    const view = this.views.get(job.id);
    const event = this.#events.get(job.id);
    if (view === undefined || !isFinal(view.status)) return this.#say(`${job.id} never ended; it is ${view?.status ?? 'unseen'}`);
    if (event === undefined) return this.#say(`nobody was told the end of ${job.id}`);
    const letters = [...this.#letters.values()].filter(({ job_id }) => job_id === job.id);
    const setAside = letters.reduce((sum, { begin, end }) => sum + end - begin, 0);
    if (setAside !== view.failed_chunks) this.#say(`${job.id}: ${view.failed_chunks} chunks are dead, ${setAside} are set aside`);
    for (const field of ['status', 'completed_chunks', 'failed_chunks'] as const) {
      if (event.job[field] !== view[field])
        this.#say(`${job.id}: the event says ${field} ${event.job[field]}, the view ${view[field]}`);
    }
    if (view.status === 'completed') this.#checkResult(job, view);
    if (view.status === 'cancelled' && job.cancelAfterSteps === undefined) this.#say(`${job.id} was cancelled by nobody`);
    if (view.status === 'failed' && view.error === null) this.#say(`${job.id} failed without a reason`);
    if (view.status === 'failed' && this.#scenario.faults === 0 && job.fates.every((fate) => fate === 'good'))
      this.#say(`${job.id} failed in good weather: ${view.error?.message}`);
  }

  /** The result equals what is computed directly: every chunk once, but those given up. */
  #checkResult({ id, chunks, policy, fates }: SimulatedJob, view: JobView): void {
    const counted = (view.result as number[]).toSorted((one, other) => one - other);
    const twice = counted.filter((chunk, index) => chunk === counted[index - 1]);
    if (twice.length > 0) this.#say(`${id} counts twice: chunks ${twice.join(' ')}`);
    if (counted.length !== view.completed_chunks)
      this.#say(`${id}: ${counted.length} chunks are in the result, ${view.completed_chunks} in the view`);
    if (view.completed_chunks + view.failed_chunks !== chunks)
      this.#say(`${id}: ${view.completed_chunks} done and ${view.failed_chunks} failed are not ${chunks}`);
    if (policy === 'fail' && view.failed_chunks > 0) this.#say(`${id} is completed with gaps nobody allowed`);
    const dead = new Set(
      view.chunks.failed.flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, index) => begin + index)),
    );
    const expected = fates.flatMap((_, chunk) => (dead.has(chunk) ? [] : [chunk]));
    if (expected.join() !== counted.join())
      this.#say(`${id}: the result is ${counted.join(' ')}, computed directly it is ${expected.join(' ')}`);
    const wrong = counted.filter((chunk) => fates[chunk] !== 'good' && fates[chunk] !== 'flaky');
    if (wrong.length > 0) this.#say(`${id} counts chunks that cannot be computed: ${wrong.join(' ')}`);
  }
}
