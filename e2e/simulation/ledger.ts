/**
 * Watches everything the broker stores and purges, and says what broke the promises: while it runs, and when it is at rest.
 *
 * A violation is a sentence. None of them depends on how the system works inside: only on what it stored for others to see, but for the
 * snapshots, whose fence is looked at directly because nothing else would show it (see mutants.spec.ts).
 */
import {
  BUCKETS,
  isFinal,
  keys,
  STREAMS,
  type DeadChunk,
  type JobFinished,
  type JobView,
  type RequeueJob,
} from '@manyhands/proto';
import { MOVES } from '../../services/coordinator/src/job/state.ts';
import type { SimulatedBroker } from './broker/simulated-broker.ts';
import type { Stored } from './broker/stored-stream.ts';
import { TROUBLE } from './broker/troubles.ts';
import { GIBBERISH, NO_JSON } from './garbage.ts';
import { violationsOf } from './job-account.ts';
import { chunksOfLines } from './ran.ts';
import type { Scenario } from './scenario.ts';
import { readAnswer, readLines } from './stored-answers.ts';

const text = new TextDecoder();

export class Ledger {
  readonly violations: string[] = [];
  /** Second leases of stragglers, and results of leases that made room. */
  copied = 0;
  madeRoom = 0;
  /** The newest view of each job. */
  readonly views = new Map<string, JobView>();
  /** Jobs that the watch brought into memory, though every message of the mailbox was taken. */
  rung = 0;
  readonly #garbled = new Set<string>();
  readonly #unseen = new Set<string>();
  readonly #scenario: Scenario;
  readonly #broker: SimulatedBroker;
  /** Violations that are not counted. */
  readonly #forgiven: RegExp | undefined;
  /** By subject: the last message that the saved state includes. */
  readonly #snapshotSequences = new Map<string, number>();
  /** By subject: the sequence of the result, or dead letter, stored last. */
  readonly #results = new Map<string, number>();
  readonly #letterSequences = new Map<string, number>();
  readonly #letters = new Map<string, DeadChunk>();
  /** Jobs of which a requeue ran some of the dead chunks: how many, by round. */
  readonly #partly = new Map<string, Map<number, number>>();
  /** By job and round. */
  readonly #events = new Map<string, JobFinished>();

  constructor(scenario: Scenario, broker: SimulatedBroker, forgiven: RegExp | undefined) {
    this.#scenario = scenario;
    this.#broker = broker;
    this.#forgiven = forgiven;
  }

  /** Whether each job has ended, and its end was told, in the round it is in. */
  get allFinal(): boolean {
    return this.#scenario.jobs.every(({ id }) => {
      const view = this.views.get(id);
      return view !== undefined && isFinal(view.status) && this.#events.has(nameOf(view));
    });
  }

  /** Saved states of jobs of which nothing is left to run. */
  get leftBehind(): number {
    return [...this.#snapshotSequences.keys()].filter((subject) => {
      const view = this.views.get(subject.slice(subject.lastIndexOf('.') + 1));
      return view !== undefined && (view.status === 'cancelled' || (view.status === 'completed' && view.failed_chunks === 0));
    }).length;
  }

  get partlyRequeued(): number {
    return this.#partly.size;
  }

  /** Jobs that were set aside because something of them failed for good. */
  get quarantined(): number {
    return [...this.views.values()].filter(({ error }) => error?.code === 'quarantined').length;
  }

  /** What the view, or the saved state, of a job said cannot be read any more: whatever comes next is the first. The view of a job that has ended must come again. */
  forget(subject: string, jobId: string): void {
    this.#garbled.add(jobId);
    this.#snapshotSequences.delete(subject);
    if (!subject.startsWith(`$KV.${BUCKETS.jobs.name}.`)) return;
    this.#unseen.add(jobId);
    if (isFinal(this.views.get(jobId)?.status ?? 'pending')) this.views.delete(jobId);
  }

  forgetEnds(jobId: string): void {
    for (const name of [...this.#events.keys()]) if (name.startsWith(jobId)) this.#events.delete(name);
  }

  stored(stream: string, message: Stored): void {
    if (stream === `KV_${BUCKETS.jobs.name}`) this.#sawView(JSON.parse(text.decode(message.data)) as JobView);
    else if (stream === `KV_${BUCKETS.jobState.name}`) this.#sawSnapshot(message);
    else if (stream === STREAMS.mailbox.name) this.#sawMail(message);
    else if (stream === `KV_${BUCKETS.artifactRecords.name}`) this.#sawLines(message.subject.split('.').at(-1)!);
    else if (stream === STREAMS.work.name) this.copied += /"lease":"[^"]*-copy"/.test(text.decode(message.data)) ? 1 : 0;
    else if (stream === STREAMS.events.name) this.#sawEvent(JSON.parse(text.decode(message.data)) as JobFinished);
    else if (message.subject.startsWith('dead.chunk.')) this.#sawDeath(message);
    else if (stream === STREAMS.dead.name) this.#sawSetAside(text.decode(message.data));
  }

  purged(stream: string, messages: readonly Stored[], by: number): void {
    if (stream === STREAMS.mailbox.name) for (const message of messages) this.#sawMailGo(message);
    if (stream !== STREAMS.work.name) return;
    const later = messages.filter((message) => message.by > by);
    if (later.length > 0)
      this.say(`an owner that was replaced (${by}) removed ${later.length} leases of a later one (${later[0]!.by})`);
  }

  /** To be called when nothing happens any more. */
  atRest(): void {
    const broker = this.#broker;
    for (const job of this.#scenario.jobs) {
      const view = this.views.get(job.id);
      const event = view && this.#events.get(nameOf(view));
      const letters = this.#lettersOf(job.id, view);
      for (const violation of violationsOf(job, {
        view,
        event,
        letters,
        isGoodWeather: this.#scenario.faults === 0,
        isGarbled: this.#garbled.has(job.id),
        answer: (ref) => readAnswer(broker, job.id, ref),
        lines: () => readLines(broker, job.id),
      }))
        this.say(violation);
    }
    const waiting = broker.stream(STREAMS.work.name).size;
    if (waiting > 0) this.say(`${waiting} leases are left in WORK`);
    const held = broker.lanes.reduce((sum, { heldCount }) => sum + heldCount, 0);
    if (held > 0) this.say(`${held} leases are not settled`);
    if (broker.partition.unfinished) this.say('the mailbox holds messages nobody acknowledged');
  }

  /** Of the round that the view is in. Where a requeue left some dead, theirs are of rounds before. */
  #lettersOf(jobId: string, view: JobView | undefined): DeadChunk[] {
    const all = [...this.#letters].filter(([, { job_id }]) => job_id === jobId);
    const now = view?.round ?? 0;
    if (view === undefined || !this.#partly.has(jobId))
      return all.flatMap(([, letter]) => (letter.round === now ? [letter] : []));
    const stored = this.#broker.stream(STREAMS.dead.name);
    const isDead = (chunk: number): boolean => view.chunks.failed.some(([begin, end]) => begin <= chunk && chunk < end);
    const byChunk = new Map<number, DeadChunk>();
    for (const [subject, letter] of all) {
      const isKept = letter.round === now || stored.get(this.#letterSequences.get(subject)!) !== undefined;
      if (isDead(letter.begin) && isKept) byChunk.set(letter.begin, letter);
    }
    return [...byChunk.values()];
  }

  say(violation: string): void {
    if (this.violations.length < 20 && this.#forgiven?.test(violation) !== true) this.violations.push(violation);
  }

  #sawView(view: JobView): void {
    const before = this.views.get(view.job_id);
    this.views.set(view.job_id, view);
    const counted = view.completed_chunks + view.failed_chunks;
    const { done, failed, leased } = view.chunks;
    const drawn = [...done, ...failed, ...leased].reduce((sum, [begin, end]) => sum + end - begin, 0);
    if (counted > view.total_chunks || drawn > view.total_chunks)
      this.say(`a view of ${view.job_id} counts ${counted}, draws ${drawn} of ${view.total_chunks} chunks`);
    if (before !== undefined && !this.#unseen.delete(view.job_id)) this.#sawNextView(before, view);
  }

  #sawNextView(before: JobView, view: JobView): void {
    const rounds = (view.round ?? 0) - (before.round ?? 0);
    if (rounds < 0) return this.say(`${view.job_id} went back from round ${before.round} to ${view.round ?? 0}`);
    if (rounds > 0) return this.#sawNewRound(before, view);
    if (isFinal(before.status)) this.say(`the final view of ${view.job_id} (${before.status}) was overwritten (${view.status})`);
    else if (before.status !== view.status && !MOVES[before.status].includes(view.status))
      this.say(`${view.job_id} went from ${before.status} to ${view.status}`);
    const counted = view.completed_chunks + view.failed_chunks;
    // Of a job that was set aside nothing is kept.
    if (counted < before.completed_chunks + before.failed_chunks && view.error?.code !== 'quarantined')
      this.say(`the count of ${view.job_id} went back from ${before.completed_chunks + before.failed_chunks} to ${counted}`);
    // A job that failed or was cancelled shows what was counted; its running leases no longer add to the bar.
    if (view.progress < before.progress)
      this.say(`the bar of ${view.job_id} went back from ${before.progress} to ${view.progress}`);
  }

  /** What was done stays done, unless the job has to begin anew: because it was set aside, or because its partials can never be merged. And where an order was joined over a gap. */
  #sawNewRound(before: JobView, view: JobView): void {
    if (before.status === 'cancelled') this.say(`${view.job_id} was requeued though it was cancelled`);
    const asked = this.#partly.get(view.job_id)?.get(view.round ?? 0);
    if (
      asked !== undefined &&
      (before.round ?? 0) + 1 === view.round &&
      view.failed_chunks < before.failed_chunks - asked &&
      view.error?.code !== 'quarantined'
    )
      this.say(
        `of ${before.failed_chunks} dead chunks of ${view.job_id} ${asked} were to run again, and ${view.failed_chunks} stayed dead`,
      );
    if (
      view.completed_chunks < before.completed_chunks &&
      ![before, view].some(({ error }) => error?.code === 'quarantined') &&
      before.error?.code !== 'too_large' &&
      !(before.output === 'ordered' && before.failed_chunks > 0)
    )
      this.say(
        `a requeue of ${view.job_id} lost ${before.completed_chunks - view.completed_chunks} of ${before.completed_chunks} done chunks`,
      );
  }

  /** Whoever reads them as soon as they are named finds all of them. */
  #sawLines(jobId: string): void {
    try {
      chunksOfLines(readLines(this.#broker, jobId)?.lines ?? '');
    } catch (error) {
      this.say(`lines of ${jobId} are named before they can be read: ${String(error)}`);
    }
  }

  #sawSnapshot({ subject, data, removal }: Stored): void {
    if (removal) return void this.#snapshotSequences.delete(subject);
    const { sequence } = JSON.parse(text.decode(data)) as { sequence: number };
    const before = this.#snapshotSequences.get(subject) ?? 0;
    if (sequence < before) this.say(`the saved state under ${subject} went back from message ${before} to ${sequence}`);
    this.#snapshotSequences.set(subject, sequence);
  }

  /** A result whose place was purged meanwhile may come again; what it is about is over. */
  #sawMail({ subject, data, sequence }: Stored): void {
    if (
      subject.includes('.timer.') &&
      text.decode(data).includes('"at_ms":0}') &&
      !this.#broker.partition.isUnfinishedBefore(sequence)
    )
      this.rung += 1;
    if (subject.includes('.requeue.')) this.#sawRequeue(JSON.parse(text.decode(data)) as RequeueJob);
    if (!subject.includes('.result.')) return;
    if (/"failed":\[\],"left":/.test(text.decode(data.subarray(0, 2_000)))) this.madeRoom += 1;
    const before = this.#results.get(subject);
    if (before !== undefined && this.#broker.stream(STREAMS.mailbox.name).get(before) !== undefined)
      this.say(`two results of one lease are stored: ${subject}`);
    this.#results.set(subject, sequence);
  }

  #sawRequeue({ job_id, round, chunks }: RequeueJob): void {
    if (chunks === undefined) return;
    const rounds = this.#partly.get(job_id) ?? new Map<number, number>();
    this.#partly.set(
      job_id,
      rounds.set(
        round,
        chunks.reduce((sum, [begin, end]) => sum + end - begin, 0),
      ),
    );
  }

  /** What a mailbox loses is part of a saved state, or its job is over for good. */
  #sawMailGo({ subject, sequence }: Stored): void {
    const jobId = subject.split('.')[2]!;
    const saved = this.#snapshotSequences.get(`$KV.${BUCKETS.jobState.name}.${keys.jobState(jobId)}`);
    if (saved === undefined || sequence <= saved) return;
    if (subject.includes('.requeue.') || !isFinal(this.views.get(jobId)?.status ?? 'pending'))
      this.say(`${subject} was removed, and no saved state holds it`);
  }

  #sawDeath({ subject, data, sequence }: Stored): void {
    const before = this.#letterSequences.get(subject);
    if (before !== undefined && this.#broker.stream(STREAMS.dead.name).get(before) !== undefined)
      this.say(`a chunk was set aside twice: ${subject}`);
    this.#letterSequences.set(subject, sequence);
    this.#letters.set(subject, JSON.parse(text.decode(data)) as DeadChunk);
  }

  #sawSetAside(letter: string): void {
    const { text: told = '', reason = '' } = JSON.parse(letter) as { text?: string; reason?: string };
    if (!told.includes(GIBBERISH) && !told.includes(NO_JSON) && !reason.includes(TROUBLE) && !reason.includes('BeginningLost'))
      this.say(`a message was set aside: ${letter.slice(0, 500)}`);
  }

  #sawEvent(event: JobFinished): void {
    const { job_id, round = 0 } = event.job;
    const name = nameOf(event.job);
    if (this.#events.has(name)) this.say(`the end of ${job_id} was told twice`);
    this.#events.set(name, event);
    const view = this.views.get(job_id);
    const isOver = view !== undefined && (isFinal(view.status) || (view.round ?? 0) > round);
    if (!isOver && !this.#unseen.has(job_id)) this.say(`the end of ${job_id} was told before its final view was stored`);
  }
}

function nameOf({ job_id, round = 0 }: Pick<JobView, 'job_id' | 'round'>): string {
  return `${job_id} ${round}`;
}
