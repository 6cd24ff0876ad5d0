/**
 * One process's connection to the simulated broker: two links, and the requests that wait for an answer.
 *
 *   connected ──cut──▶ cut: what was on its way is lost, each pending request fails ──heal──▶ connected
 *
 * Invariant: a message on its way may be carried out though its sender is told nothing, or dead. Subscriptions outlive a cut on the
 * client's side, as with nats.js; what the broker knew of the connection (its pulls) does not.
 */
import { errors } from '@nats-io/transport-node';
import type { Life } from '../life.ts';
import type { Random } from '../random.ts';
import type { Link, Schedule } from '../schedule.ts';

/** What a client sees of a message. */
export interface Arrived {
  subject: string;
  data: Uint8Array;
  reply?: string;
  headers?: { code: number; description: string; get(name: string): string };
  json?(): unknown;
}

export interface Chances {
  /** That a single request, or its answer, gets lost. */
  lost: number;
  /** That a single answer comes much later than those sent after it. */
  late: number;
  /** That a write over an expected sequence is refused though the sequence is right, as after an election or while another is in flight. */
  refused: number;
  /** That a coordinator freezes after a request of it was carried out. */
  frozen: number;
}

const REQUEST_TIMEOUT_MS = 5_000;
const LATE_MS_MAX = 4_000;

export class Connection {
  readonly life: Life;
  connected = true;
  readonly up: Link = { receiver: undefined, queue: [], heldUntilMs: 0 };
  readonly down: Link;
  readonly subscriptions = new Map<string, (message: Arrived) => void>();
  readonly statusWatchers = new Set<(connected: boolean) => void>();
  /** Told when a request of this client was carried out, before it is answered. */
  carriedOut: () => void = () => undefined;
  /** Counts the times it was connected: what the broker knows belongs to one of them. */
  epoch = 0;
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #chances: Chances;
  readonly #pending = new Set<(error: Error) => void>();

  constructor(life: Life, schedule: Schedule, random: Random, chances: Chances) {
    this.life = life;
    this.#schedule = schedule;
    this.#random = random;
    this.#chances = chances;
    this.down = { receiver: life, queue: [], heldUntilMs: 0 };
    schedule.links.add(this.up).add(this.down);
  }

  /** Client to broker, no answer. */
  send(carriedOut: () => void): void {
    if (this.life.alive && this.connected) this.up.queue.push(carriedOut);
  }

  /** Broker to client. Lost when nobody is connected. */
  deliver(inbox: string, message: Arrived): void {
    if (!this.life.alive || !this.connected) return;
    this.down.queue.push(() => this.#subscriber(inbox)?.(message));
  }

  /** Broker to client, as an answer: it may get lost, or come much later than those sent after it. */
  answer(inbox: string, message: Arrived): void {
    const fate = this.#random.next();
    if (fate < this.#chances.lost) return;
    if (fate >= this.#chances.lost + this.#chances.late) return this.deliver(inbox, message);
    this.#asClient(() => void this.#schedule.after(this.#random.next() * LATE_MS_MAX, () => this.#subscriber(inbox)?.(message)));
  }

  /** Client to broker and back. */
  request<Answer>(carriedOut: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        if (this.#pending.delete(fail)) reject(error);
      };
      this.#pending.add(fail);
      if (!this.connected) return fail(new errors.ConnectionError('not connected'));
      const timeOut = (): void => void this.#schedule.after(REQUEST_TIMEOUT_MS, () => fail(new errors.TimeoutError()));
      if (this.#hangs) timeOut();
      this.up.queue.push(() => {
        const fate = this.#random.next();
        if (fate < this.#chances.lost / 2) return this.#asClient(timeOut);
        let settle: () => void;
        try {
          const answer = carriedOut();
          settle = () => void (this.#pending.delete(fail) && resolve(answer));
        } catch (error) {
          settle = () => fail(error as Error);
        }
        this.carriedOut();
        if (fate < this.#chances.lost) return this.#asClient(timeOut);
        if (fate < this.#chances.lost + this.#chances.late) {
          return this.#asClient(() => void this.#schedule.after(this.#random.next() * LATE_MS_MAX, settle));
        }
        if (this.life.alive && this.connected) this.down.queue.push(settle);
      });
    });
  }

  /** The connection breaks: some of what was sent arrives, nothing of what was answered. */
  async cut(): Promise<void> {
    if (!this.connected) return;
    this.#loseLinks();
    this.connected = false;
    await this.#schedule.doAs(this.life, () => {
      for (const fail of [...this.#pending]) fail(new errors.ConnectionError('the connection was lost'));
      for (const watcher of [...this.statusWatchers]) watcher(false);
    });
  }

  async heal(): Promise<void> {
    if (this.connected || !this.life.alive) return;
    this.connected = true;
    await this.#schedule.doAs(this.life, () => {
      for (const watcher of [...this.statusWatchers]) watcher(true);
    });
  }

  /** Nothing arrives for a while, in one direction or both. */
  hang(ms: number): void {
    if (this.#random.chance(0.7)) this.up.heldUntilMs = this.#schedule.nowMs + ms;
    if (this.#random.chance(0.7)) this.down.heldUntilMs = this.#schedule.nowMs + ms;
    this.#asClient(() => {
      for (const fail of [...this.#pending]) this.#schedule.after(REQUEST_TIMEOUT_MS, () => fail(new errors.TimeoutError()));
    });
  }

  /** The process is gone; what it had sent may still arrive. */
  end(): void {
    this.#loseLinks();
    this.connected = false;
    this.#schedule.links.delete(this.down);
    if (this.up.queue.length === 0) this.#schedule.links.delete(this.up);
  }

  get #hangs(): boolean {
    return Math.max(this.up.heldUntilMs, this.down.heldUntilMs) > this.#schedule.nowMs;
  }

  #subscriber(inbox: string): ((message: Arrived) => void) | undefined {
    const under = (tokens: number, wildcard: string): string => [...inbox.split('.').slice(0, tokens), wildcard].join('.');
    return this.subscriptions.get(inbox) ?? this.subscriptions.get(under(-1, '*')) ?? this.subscriptions.get(under(2, '>'));
  }

  #loseLinks(): void {
    this.epoch += 1;
    this.down.queue.length = 0;
    this.up.queue.length = Math.min(this.up.queue.length, this.#random.whole(0, this.up.queue.length));
  }

  /** Sets timers that belong to the process though the broker is at work. */
  #asClient(work: () => void): void {
    const before = this.#schedule.atWork;
    this.#schedule.atWork = this.life;
    work();
    this.#schedule.atWork = before;
  }
}
