/**
 * The tab's one WebSocket to the gateway.
 *
 *   connecting ──answered──▶ open ──closed──▶ waiting ──countdown over, or retried──▶ connecting
 *        └──refused, or no answer in 8 s───────▲
 *                        ├──nothing said for 8 s (see silence.ts)
 *                        └──the session's time is over──▶ connecting, with a new ticket
 *
 * A first connection is open as soon as it is let in. Another one only when the gateway has stated whether it knows the newest states: where NATS
 * is away it lets pages in and closes them again, and what they show is no more the present for that.
 *
 * Invariant: every topic with a listener is subscribed on every connection anew. Listeners hear at most once an animation
 * frame, however fast frames come.
 */
import type { BridgeCommand } from '@manyhands/proto';
import { backoffMs } from './backoff.ts';
import { readFrame } from './bridge-frame.ts';
import { heardAt, lookEveryMs, lookedAt, oldMs, verdictOf, type Verdict } from './silence.ts';
import type { BridgeTopic } from './bridge-subscription.ts';
import { BridgeTopics, type BridgeListener } from './bridge-topics.ts';

export type Connection = 'connecting' | 'open' | 'waiting';

/** Frames wait this long when the tab is hidden and gets no animation frames. */
const hiddenFlushMs = 250;
/** Milliseconds between two questions whether the gateway is there. */
const askEveryMs = 1_500;
/** How often it is asked in any case, for how long an answer takes. */
const measureEveryMs = 10_000;
/** The gateway closes with it what a session is not good for any more: its token ended, or was revoked. */
const sessionOver = 4401;
/** A connection that stayed this long counts as good: the countdown starts small again. */
const settledMs = 5_000;

class Bridge {
  connection = $state<Connection>('connecting');
  /** When the next try starts (epoch ms); null unless waiting. */
  retryAt = $state<number | null>(null);
  /** Tries since the last good connection. */
  attempts = $state(0);
  /** Whether it connects only because the time of the one before was over: nothing is wrong. */
  renewing = $state(false);
  /** Whether there ever was a connection: a first try is no interruption. */
  everOpen = $state(false);

  /** What its silence says of an open connection. */
  verdict = $state<Verdict>('fresh');
  /** Whether its silence is a reason to ask what is wrong: where nothing has to come each second, a moment of it is none. */
  get doubtful(): boolean {
    return this.verdict === 'ask' ? this.#topics.follows('stats') : this.verdict !== 'fresh';
  }
  /** How long the last answer took; null before the first. */
  latencyMs = $state<number | null>(null);
  /** When anything was last received (epoch ms). */
  get heardAtMs(): number {
    return this.#silence.lookedAtMs - this.#silence.silentMs;
  }
  /** Whether the gateway knows that what it sends is the newest state. */
  current = $state(true);
  /** The gateway is there but has had nothing new for a while, where statistics come each second: something behind it may be away. */
  quiet = $state(false);

  readonly #topics = new BridgeTopics();
  #silence = heardAt(Date.now());
  #newsAtMs = Date.now();
  #askedAtMs = 0;
  #renewedAtMs = 0;
  #looking: ReturnType<typeof setInterval> | undefined;
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #settled: ReturnType<typeof setTimeout> | undefined;
  #flushing = false;
  #address: (path: string) => Promise<string> = async (path) => path;
  #doubtSession = (): void => undefined;
  /** Which try a ticket that comes is for. */
  #try = 0;

  /** `ticketed` adds to the address what lets it in; `doubt` takes note that the session may be over. */
  start({ ticketed, doubt }: { ticketed(address: string): Promise<string>; doubt(): void }): void {
    this.#address = ticketed;
    this.#doubtSession = doubt;
    if (this.#looking !== undefined) return;
    this.#looking = setInterval(() => this.#look(), lookEveryMs);
    for (const name of ['online', 'offline'] as const) addEventListener(name, this.#doubt);
    void this.#connect();
  }

  stop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#settled);
    clearInterval(this.#looking);
    this.#looking = undefined;
    this.#try += 1;
    for (const name of ['online', 'offline'] as const) removeEventListener(name, this.#doubt);
    this.#retry = undefined;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  retryNow(): void {
    if (this.connection === 'waiting') void this.#connect();
  }

  /** Listens to a topic until the returned function is called. */
  listen(topic: BridgeTopic, listener: BridgeListener): () => void {
    this.#send(this.#topics.add(topic, listener));
    return () => this.#send(this.#topics.remove(topic, listener));
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.retryAt = null;
    this.connection = 'connecting';
    this.attempts += 1;
    this.#silence = heardAt(Date.now());
    const mine = (this.#try += 1);
    const address = await this.#address('/ws').catch(() => null);
    if (this.#try !== mine) return;
    if (address === null) return this.#wait();
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${address}`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (this.#socket === socket) this.#received(event.data);
    };
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  #opened(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#heard();
    this.#newsAtMs = Date.now();
    this.#settled = setTimeout(() => (this.attempts = 0), settledMs);
    this.#send(this.#topics.restart());
    if (!this.everOpen) return this.#answered(true);
    this.#askedAtMs = 0;
    this.#ask(Date.now());
  }

  #answered(current: boolean): void {
    this.current = current;
    this.connection = 'open';
    this.everOpen = true;
    this.renewing = false;
  }

  #closed(socket: WebSocket, code?: number): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.verdict = 'fresh';
    this.quiet = false;
    clearTimeout(this.#settled);
    if (code !== sessionOver) return this.#wait();
    this.#doubtSession();
    // Closed at once again, it is no renewal: the tries are spread as after any failure.
    this.renewing = this.attempts <= 1;
    if (!this.renewing) return this.#wait();
    this.#renewedAtMs = Date.now();
    void this.#connect();
  }

  #wait(): void {
    this.renewing = false;
    const waitMs = backoffMs(this.attempts, Math.random());
    this.connection = 'waiting';
    this.retryAt = Date.now() + waitMs;
    this.#retry = setTimeout(() => void this.#connect(), waitMs);
  }

  #heard(): void {
    this.#silence = heardAt(Date.now());
    this.verdict = 'fresh';
  }

  #look(): void {
    if (this.renewing && Date.now() - this.#renewedAtMs >= oldMs) this.renewing = false;
    if (!this.#socket) return;
    const now = Date.now();
    this.#silence = lookedAt(this.#silence, now);
    const verdict = verdictOf(this.#silence);
    if (verdict === 'dead') return this.#giveUp(this.#socket);
    if (this.connection !== 'open') return;
    this.verdict = verdict;
    this.quiet = this.#topics.follows('stats') && verdict !== 'old' && now - this.#newsAtMs >= oldMs;
    if (verdict !== 'fresh' || this.quiet || now - this.#askedAtMs >= measureEveryMs) this.#ask(now);
  }

  /** The network came or went, as far as the browser can tell: either way it is worth a question. */
  readonly #doubt = (event: Event): void => {
    if (event.type === 'online') this.retryNow();
    if (this.connection === 'open') this.#ask(Date.now());
  };

  #ask(now: number): void {
    if (now - this.#askedAtMs < askEveryMs) return;
    this.#askedAtMs = now;
    this.#send([{ do: 'ask', topic: 'alive' }]);
  }

  /** Where nobody answers, a goodbye would be waited for as well, so the socket is let go of without one. */
  #giveUp(socket: WebSocket): void {
    socket.close();
    this.#closed(socket);
  }

  #send(commands: BridgeCommand[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (const command of commands) this.#socket.send(JSON.stringify(command));
  }

  #received(data: string | ArrayBuffer): void {
    this.#heard();
    const frame = readFrame(typeof data === 'string' ? data : new TextDecoder().decode(data));
    if (frame?.head.topic === 'alive') {
      this.latencyMs = Date.now() - this.#askedAtMs;
      return this.#answered(frame.value !== '{"current":false}');
    }
    this.#newsAtMs = Date.now();
    this.quiet = false;
    if (frame?.head.topic === 'error') return console.debug('The gateway refused a command:', frame.value);
    if (frame && this.#topics.take(frame)) this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const flush = () => {
      this.#flushing = false;
      this.#topics.flush();
    };
    if (document.hidden) setTimeout(flush, hiddenFlushMs);
    else requestAnimationFrame(flush);
  }
}

export const bridge = new Bridge();
