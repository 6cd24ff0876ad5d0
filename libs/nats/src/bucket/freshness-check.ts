/**
 * Asks the leader of a watched stream once a second whether the watch has received everything, and at once when a caller needs to know.
 *
 * Invariant: at most `asksPerSecMax` questions a second, however many need to know. A watch that stays behind what its leader has is started over: its
 * consumer lies on a server that does not follow. What the leader has and no consumer will ever deliver, because it was purged, counts as received.
 */
import { millis } from '@nats-io/transport-node';
import type { MsgRequest, StreamInfo } from '@nats-io/jetstream';
import { ManyhandsError } from '@manyhands/proto/errors';
import type { Broker } from '../broker.ts';
import { Freshness, majorityAgeMs, type LeaderAnswer } from './freshness.ts';

export interface FreshnessCheckOptions {
  stream: string;
  /** The subjects the watch receives. */
  filter: string;
  everyMs: number;
  /** The watch is to read on with another consumer. */
  startOver(): void;
  /** The stream was deleted and created again: nothing that was known of it holds. */
  anew(): void;
}

const asksPerSecMax = 50;
/** Between two questions of a caller that waits, when one had no answer. */
const againMs = 100;
/** A message that is not received so long after the leader reported it may have been removed. */
const removedAfterMs = 300;
/** A watch that is so long behind does not catch up by itself. */
const lostAfterMs = 2_000;

interface Waiting {
  isOver(): boolean;
  end(): void;
}

export class FreshnessCheck {
  readonly #broker: Broker;
  readonly #options: FreshnessCheckOptions;
  readonly #known = new Freshness();
  readonly #waiting = new Set<Waiting>();
  readonly #asking: NodeJS.Timeout;
  readonly #unlisten: () => void;
  #connected = false;
  #askedAtMs = -Infinity;
  #soon: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #startedOverAtMs = -Infinity;
  #trouble: string | undefined;
  /** Server clock minus ours. */
  #skewMs = 0;

  constructor(broker: Broker, options: FreshnessCheckOptions) {
    this.#broker = broker;
    this.#options = options;
    this.#asking = setInterval(() => void this.#ask(), options.everyMs);
    this.#asking.unref();
    this.#unlisten = broker.onConnected((connected) => {
      this.#connected = connected;
      if (connected) this.#askSoon();
    });
  }

  stop(): void {
    this.#unlisten();
    clearInterval(this.#asking);
    clearTimeout(this.#soon);
    clearTimeout(this.#look);
    for (const { end } of [...this.#waiting]) end();
  }

  /** Everything stored before this moment of `performance.now()` was received. */
  get asOfMs(): number {
    return this.#known.asOfMs;
  }

  /** Milliseconds since the epoch, by the clock of the server. */
  get serverNowMs(): number {
    return Date.now() + this.#skewMs;
  }

  /** Why the leader was not understood last; undefined when it was. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  heard(sequence: number): void {
    this.#known.heardAll(sequence);
    this.#settle();
  }

  /** Resolves once everything is received that was stored before the call. Throws `unavailable`. */
  async confirm(withinMs: number): Promise<void> {
    const sinceMs = performance.now();
    await this.#until(() => this.#known.askedAtMs >= sinceMs, withinMs);
  }

  /** Resolves when the leader was known to lead at most so long ago. Throws `unavailable`. */
  async led(agoMs: number, withinMs: number): Promise<void> {
    await this.#until(() => performance.now() - this.#known.leaderAsOfMs < agoMs, withinMs);
  }

  async #until(isOver: () => boolean, withinMs: number): Promise<void> {
    if (isOver()) return;
    await new Promise<void>((resolve) => {
      const waiting: Waiting = {
        isOver,
        end: () => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve();
        },
      };
      const timer = setTimeout(waiting.end, withinMs);
      this.#waiting.add(waiting);
      this.#askSoon();
    });
    if (!isOver())
      throw new ManyhandsError(
        'unavailable',
        `whether what was read of ${this.#options.stream} is current could not be checked in time (${this.#trouble ?? 'it is still being read'})`,
      );
  }

  #settle(): void {
    for (const { isOver, end } of [...this.#waiting]) if (isOver()) end();
  }

  #askSoon(pauseMs = 1_000 / asksPerSecMax): void {
    const waitMs = this.#askedAtMs + pauseMs - performance.now();
    if (waitMs <= 0) return void this.#ask();
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#ask();
    }, waitMs);
  }

  /** Never throws. Questions may overlap: one that hangs holds up no other. */
  async #ask(): Promise<void> {
    if (!this.#connected || this.#broker.connection.isClosed()) {
      this.#trouble = 'NATS is not reachable';
      return;
    }
    const askedAtMs = performance.now();
    this.#askedAtMs = askedAtMs;
    try {
      const info = await this.#broker.manager.streams.info(this.#options.stream);
      if (info.ts !== undefined) this.#skewMs = Date.parse(info.ts) - Date.now();
      this.#take(answerOf(info, askedAtMs));
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error);
      if (this.#waiting.size > 0) this.#askSoon(againMs);
    }
  }

  #take(answer: LeaderAnswer): void {
    const standing = this.#known.answered(answer);
    this.#trouble =
      standing === 'unproven'
        ? `its leader has received nothing from a majority for ${Math.round(answer.majorityAgeMs / 100) / 10} s`
        : undefined;
    if (standing === 'another') this.#options.anew();
    this.#settle();
    if (this.#known.oldestClaim !== undefined) this.#look ??= setTimeout(() => void this.#lookAtClaim(), removedAfterMs);
    // This answer does not help the callers that wait.
    if (standing === 'unproven' && this.#waiting.size > 0) this.#askSoon(againMs);
  }

  /** Never throws. */
  async #lookAtClaim(): Promise<void> {
    const claim = this.#known.oldestClaim;
    try {
      if (claim === undefined || performance.now() - claim.askedAtMs < removedAfterMs) return;
      // nats.js 3.4 sends the query as it is, but its type names only the two other forms.
      const query = { seq: this.#known.heardThrough + 1, next_by_subj: this.#options.filter } as MsgRequest;
      const next = await this.#broker.manager.streams.getMessage(this.#options.stream, query);
      if (next === null || next.seq > claim.lastSequence) this.heard(claim.lastSequence);
      else if (performance.now() - claim.askedAtMs > lostAfterMs && performance.now() - this.#startedOverAtMs > lostAfterMs) {
        this.#startedOverAtMs = performance.now();
        this.#options.startOver();
      }
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error);
    } finally {
      this.#look =
        this.#known.oldestClaim === undefined || this.#broker.connection.isClosed()
          ? undefined
          : setTimeout(() => void this.#lookAtClaim(), removedAfterMs);
      this.#look?.unref();
    }
  }
}

function answerOf({ state, created, cluster }: StreamInfo, askedAtMs: number): LeaderAnswer {
  const ages = (cluster?.replicas ?? []).map(({ active }) => millis(active));
  return { askedAtMs, created, lastSequence: state.last_seq, majorityAgeMs: majorityAgeMs(ages) };
}
