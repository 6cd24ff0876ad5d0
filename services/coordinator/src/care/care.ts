/**
 * Looks after what was provided: streams, buckets and consumers that are removed, changed or paused by hand while everything runs.
 *
 *   as wanted ──removed | changed | paused──▶ trouble ──found, within seconds──▶ created again | changed back | resumed ──a while──▶ as wanted
 *                                                  └──cannot be mended, or is changed again and again──▶ trouble, logged once
 *
 * Invariant: each trouble is logged once at warn, counted, and listed in `troubles` until some time after it is mended, for `/readyz`. What the list of the server leaves
 * out is asked for by name before it counts as missing. A stream is never made smaller than what is in it where that would lose something. Who changes the same thing again and
 * again wins for a while: two services with different settings must not change it back and forth without end.
 *
 * Any number of processes may do this at once. nats-server 2.15: care.int.spec.ts.
 */
import { STREAMS } from '@manyhands/proto';
import {
  JetStreamApiError,
  type ConsumerInfo,
  type Broker,
  anyHasPast,
  listStreams,
  makeConsumerAnew,
  startingAnew,
  type WantedConsumer,
  type WantedStream,
} from '@manyhands/nats';
import { safeChanges, wantedStreams, type Chosen } from '@manyhands/broker';
import { isAbsent, isMissing, refusedFor } from './absent.ts';
import { consumerFindings, doneOf, problemOf, streamFindings, type Finding } from './care-findings.ts';

export interface Trouble {
  /** As an operator calls it: `stream WORK`, `consumer due of stream SCHEDULES`. */
  what: string;
  problem: string;
  /** RFC 3339. */
  since: string;
  mended: boolean;
}

export interface CareOptions extends Chosen {
  broker: Broker;
  replicas?: 1 | 3;
  /** The consumers that must be there now, by the name of their stream; `present` are those that are, and those that were at an earlier look. */
  consumers(stream: string, present: ReadonlySet<string>): readonly WantedConsumer[];
  /** Called for each stream that was missing, once it is there again. */
  madeAnew?(stream: string): void;
  warn(sentence: string, error?: unknown): void;
  everyMs?: number;
  /** Milliseconds since some fixed moment. */
  clock?: () => number;
}

const EVERY_MS = 4_000;
/** A trouble that is mended is still listed for so long, so that a client that reads it now and then sees it. */
const LISTED_MS = 15_000;
/** What is changed more often than this, in so long, is left as it is. */
const CHANGES_MAX = 5;
const CHANGES_WITHIN_MS = 600_000;

interface Known {
  trouble: Trouble;
  lastSeenMs: number;
  /** What this process was not let mend. */
  refused?: Finding;
}

export class Care {
  readonly #options: CareOptions;
  readonly #broker: Broker;
  readonly #wanted: WantedStream[];
  readonly #clock: () => number;
  readonly #known = new Map<string, Known>();
  /** How far each consumer had settled its stream at the last look. */
  readonly #settled = new Map<string, number>();
  readonly #seen = new Map<string, Set<string>>();
  readonly #changes = new Map<string, number[]>();
  #hadPast = false;
  #mended = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #failing = false;
  #stopped = false;

  constructor(options: CareOptions) {
    this.#options = options;
    this.#broker = options.broker;
    this.#clock = options.clock ?? (() => performance.now());
    this.#wanted = wantedStreams(options.replicas ?? 1, options);
  }

  /** What is wrong, or was a moment ago. */
  get troubles(): Trouble[] {
    const nowMs = this.#clock();
    for (const [what, { trouble, lastSeenMs }] of this.#known)
      if (trouble.mended && nowMs - lastSeenMs >= LISTED_MS) this.#known.delete(what);
    return [...this.#known.values()].map(({ trouble }) => trouble);
  }

  /** How often something was created again, changed back or resumed. */
  get mendedCount(): number {
    return this.#mended;
  }

  start(): void {
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Looks once, and mends what it finds. Throws when the server does not answer. */
  async look(): Promise<void> {
    const streams = await listStreams(this.#broker, this.#wanted);
    this.#hadPast ||= anyHasPast(streams);
    const still = new Set<string>();
    for (const finding of streamFindings(streams, this.#wanted, { sizes: this.#options.storageGb !== undefined }))
      await this.#tryMend(finding, still);
    const missing = (name: string) => still.has(name) && this.#known.get(name)?.refused?.is === 'missing stream';
    for (const { name } of Object.values(STREAMS).filter((one) => !missing(`stream ${one.name}`))) {
      for (const finding of await this.#consumerFindings(name)) await this.#tryMend(finding, still);
    }
    for (const [what, known] of this.#known) {
      if (still.has(what)) continue;
      known.trouble.mended = true;
      if (known.refused) this.#mendedByAnother(known.refused);
      delete known.refused;
    }
  }

  /** Half to one and a half times the usual, so that several processes seldom mend the same thing at once. */
  #schedule(): void {
    const everyMs = this.#options.everyMs ?? EVERY_MS;
    this.#timer = setTimeout(
      () => {
        this.#looking = this.#tryLook().finally(() => {
          if (!this.#stopped) this.#schedule();
        });
      },
      everyMs * (0.5 + Math.random()),
    );
  }

  async #tryLook(): Promise<void> {
    try {
      await this.look();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#broker.connection.isClosed())
        this.#options.warn(
          'the streams and consumers could not be compared with what is needed; the coordinator tries again',
          error,
        );
      this.#failing = true;
    }
  }

  async #consumerFindings(stream: string): Promise<Finding[]> {
    const seen = this.#seen.get(stream) ?? new Set<string>();
    this.#seen.set(stream, seen);
    if (this.#options.consumers(stream, seen).length === 0 && stream !== STREAMS.work.name && stream !== STREAMS.events.name)
      return [];
    const infos = await this.#listConsumers(stream);
    for (const { name, ack_floor: floor, config } of infos) {
      if (config.durable_name === undefined) continue;
      seen.add(name);
      this.#settled.set(`${stream} ${name}`, Math.max(this.#settled.get(`${stream} ${name}`) ?? 0, floor.stream_seq));
    }
    return consumerFindings(stream, infos, this.#options.consumers(stream, seen));
  }

  async #listConsumers(stream: string): Promise<ConsumerInfo[]> {
    try {
      return await this.#broker.insist(`listing the consumers of ${stream}`, async () => {
        const infos: ConsumerInfo[] = [];
        for await (const info of this.#broker.manager.consumers.list(stream)) infos.push(info);
        return infos;
      });
    } catch (error) {
      // Removed this moment: the next look creates it again, and then its consumers.
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  async #tryMend(finding: Finding, still: Set<string>): Promise<void> {
    const before = this.#known.get(finding.what)?.trouble.problem;
    try {
      if (!(await this.#isReal(finding))) return;
      const isNew = this.#note(finding);
      if (this.#isFight(finding)) {
        still.add(finding.what);
        if (isNew)
          this.#options.warn(
            `${finding.what} was changed repeatedly: ${problemOf(finding)}. It is not corrected for now. Do two services run with different settings?`,
          );
        return;
      }
      await this.#mend(finding);
      this.#mended += 1;
      delete this.#known.get(finding.what)?.refused;
      if (finding.is === 'missing stream') this.#options.madeAnew?.(finding.stream);
      this.#options.warn(`${finding.what} is not as needed: ${problemOf(finding)}. ${doneOf(finding)}`);
    } catch (error) {
      const why = refusedFor(error);
      if (why === undefined) throw error;
      still.add(finding.what);
      const problem = `${problemOf(finding)}, and ${why}`;
      if (before !== problem) this.#options.warn(`${finding.what} is not as needed: ${problem}`);
      const known = this.#known.get(finding.what);
      if (known !== undefined) Object.assign(known, { refused: finding }).trouble.problem = problem;
    }
  }

  #mendedByAnother(finding: Finding): void {
    this.#mended += 1;
    if (finding.is === 'missing stream') this.#options.madeAnew?.(finding.stream);
    this.#options.warn(`${finding.what} is as needed again.${finding.is === 'missing stream' ? ` ${doneOf(finding)}` : ''}`);
  }

  /** A list may leave out what a moved leader has; and another process may have been quicker. */
  async #isReal(finding: Finding): Promise<boolean> {
    const { streams, consumers } = this.#broker.manager;
    if (finding.is === 'missing stream')
      return isMissing(() => this.#broker.insist(finding.what, () => streams.info(finding.stream)));
    if (finding.is === 'missing consumer')
      return isMissing(() =>
        this.#broker.insist(finding.what, () => consumers.info(finding.stream, finding.wanted.durable_name)),
      );
    return true;
  }

  /** Returns whether it was not known yet. */
  #note(finding: Finding): boolean {
    const known = this.#known.get(finding.what);
    const isNew = known === undefined || known.trouble.mended;
    const since = isNew ? new Date().toISOString() : known.trouble.since;
    this.#known.set(finding.what, {
      ...known,
      trouble: { what: finding.what, problem: problemOf(finding), since, mended: false },
      lastSeenMs: this.#clock(),
    });
    return isNew;
  }

  #isFight({ what, is }: Finding): boolean {
    if (is === 'missing stream' || is === 'missing consumer' || this.#known.get(what)?.refused) return false;
    const nowMs = this.#clock();
    const changes = [...(this.#changes.get(what) ?? []).filter((atMs) => nowMs - atMs < CHANGES_WITHIN_MS)];
    const isFight = changes.length >= CHANGES_MAX;
    if (!isFight) changes.push(nowMs);
    this.#changes.set(what, changes);
    return isFight;
  }

  async #mend(finding: Finding): Promise<void> {
    const { streams, consumers } = this.#broker.manager;
    const { stream, what } = finding;
    switch (finding.is) {
      case 'missing stream':
        for (const key of this.#settled.keys()) if (key.startsWith(`${stream} `)) this.#settled.delete(key);
        return void (await this.#broker.insist(what, () =>
          streams.add(this.#hadPast ? startingAnew(finding.wanted, Date.now()) : finding.wanted),
        ));
      case 'changed stream': {
        const info = await this.#broker.insist(what, () => streams.info(stream));
        return void (await this.#broker.insist(what, () => streams.update(stream, safeChanges(info, finding.differences))));
      }
      case 'missing consumer':
        return void (await makeConsumerAnew(
          this.#broker,
          stream,
          finding.wanted,
          this.#settled.get(`${stream} ${finding.wanted.durable_name}`),
        ));
      case 'paused consumer':
        return void (await this.#broker.insist(what, () => consumers.resume(stream, finding.name)));
      case 'changed consumer':
        return this.#changeConsumer(stream, finding.wanted);
    }
  }

  /** What cannot be changed back is created again; where it was, it goes on. */
  async #changeConsumer(stream: string, wanted: WantedConsumer): Promise<void> {
    const { consumers } = this.#broker.manager;
    try {
      await this.#broker.insist(`changing consumer ${wanted.durable_name}`, () =>
        consumers.update(stream, wanted.durable_name, wanted),
      );
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      await this.#broker.insist(`removing consumer ${wanted.durable_name}`, () => consumers.delete(stream, wanted.durable_name));
      await makeConsumerAnew(this.#broker, stream, wanted, this.#settled.get(`${stream} ${wanted.durable_name}`));
    }
  }
}
