/**
 * Keeps pull requests of one client waiting at a pinned consumer.
 *
 *   asking ──message──▶ asking     asking ──stop──▶ stopped
 *   asking with a pin ──server states it is another's | asked too late | connection lost──▶ refused ──stop──▶ stopped
 *
 * Invariant: while connected, a request goes out at least every `askEveryMs`, because the server takes the pin from a client that has
 * not asked for `PIN_TIMEOUT_MS`. A process that was stopped for longer does not ask again with its old pin, or it would take itself for
 * the owner until the server answers. Requests outlive the next one, so a message never waits for a request. Each pull has a reply
 * subject of its own, so what was sent to an earlier pull can never be taken for an answer to this one. A request names the bytes it takes, and they are few: a message that is larger is asked for
 * by itself, with a permit that all pulls of the process share. So however large the messages are and however long this process is busy, the server has no more than some megabytes on
 * their way to it, and does not take it for a slow consumer. Without room a request takes no byte: it only keeps the pin.
 */
import { limits, OWNER_GROUP } from '@manyhands/proto';
import { PullRequests, type Broker, type Delivery } from '@manyhands/nats';
import { PIN_TIMEOUT_MS } from '@manyhands/broker';
import type { LargePulls } from './large-pulls.ts';

const askEveryMs = 1_000;
const expiresAfterMs = 2_500;
const wrongPin = 423;
/** Bytes of messages in one request. */
const PULL_BYTES = 128 * 1024;
/** Bytes of the largest message, with its subject, headers and reply. */
export const MESSAGE_BYTES_MAX = limits.messageBytesMax + 64 * 1024;
const bytesUsedUp = { code: 409, why: 'MaxBytes' };

export interface PullOptions {
  stream: string;
  consumer: string;
  /** Messages asked for at once. */
  batch: number;
  /** Shared with the other pulls of this process. */
  large: LargePulls;
  /** Without one, messages come when the server gives this client the pin. */
  pinId?: string;
  /** How many more messages may be held; with none, requests only keep the pin, where there is one. */
  room(): number;
  message(delivery: Delivery): void;
  /** The pin is another client's, or may have run out. */
  refused(): void;
  /** After each request that went out by the clock. */
  asked?(): void;
}

export interface Pull {
  /** True while no other client can have got the pin: the server counts from when it got our last request, which was later. */
  readonly pinHeld: boolean;
  /** Asks again if little of what was asked for is left. Call it when room was made. */
  refill(): void;
  stop(): void;
}

export function openPull(broker: Broker, options: PullOptions): Pull {
  const { pinId } = options;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let wanted = 0;
  let asks = 0;
  /** Messages that the last request brought. */
  let brought = 0;
  /** A large message was asked for, and has not come. */
  let largeAsked = false;
  let connected = true;
  let refused = false;
  let stopped = false;

  const pinHeld = () => !refused && performance.now() < askedAtMs + PIN_TIMEOUT_MS;

  function refuse(): void {
    refused = true;
    largeOver();
    options.refused();
  }

  function ask(): void {
    wanted = Math.min(options.batch, options.room());
    brought = 0;
    // Without a pin a single message is asked for, whatever its size: it only shows that the pin is ours.
    request(Math.max(1, wanted), wanted < 1 ? 1 : pinId === undefined ? MESSAGE_BYTES_MAX : PULL_BYTES);
  }

  /** The next message is larger than a request takes. */
  function askLarge(): void {
    if (stopped || refused || largeAsked || options.room() < 1 || !options.large.take(askLarge)) return;
    largeAsked = true;
    request(1, MESSAGE_BYTES_MAX);
  }

  function largeOver(): void {
    options.large.forget(askLarge);
    if (largeAsked) options.large.give();
    largeAsked = false;
  }

  function request(batch: number, maxBytes: number): void {
    if (refused || !pulls.ready) return;
    if (pinId !== undefined && asks > 0 && !pinHeld()) return refuse();
    asks += 1;
    pulls.send({ batch, maxBytes, expiresMs: expiresAfterMs, group: OWNER_GROUP, ...(pinId !== undefined && { pinId }) });
    askedAtMs = performance.now();
  }

  function askByTheClock(): void {
    ask();
    if (connected && !stopped) options.asked?.();
  }

  function refill(): void {
    if (wanted <= options.batch / 2 && options.room() > 0) ask();
  }

  function received(delivery: Delivery): void {
    if (stopped || refused) return;
    wanted = Math.max(0, wanted - 1);
    brought += 1;
    // Whichever it is: a permit that comes back early lets a little more be on its way, no more than that.
    largeOver();
    options.message(delivery);
    refill();
  }

  function over(code: number, description: string): void {
    if (stopped || refused) return;
    largeOver();
    if (code === wrongPin) refuse();
    if (code !== bytesUsedUp.code || !description.includes(bytesUsedUp.why)) return;
    wanted = 0;
    if (brought > 0) refill();
    else askLarge();
  }

  const pulls = new PullRequests(broker, options.stream, options.consumer, { delivery: received, status: over });
  const stopListening = broker.onConnected((now) => {
    const back = now && !connected;
    connected = now;
    // The server may have restarted, which forgets pins, or may have sent messages into the broken connection.
    if (back && pinId !== undefined && !stopped) refuse();
    else if (now) askByTheClock();
  });
  const timer = setInterval(askByTheClock, askEveryMs);

  return {
    get pinHeld() {
      return pinHeld();
    },
    refill,
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      largeOver();
      stopListening();
      pulls.stop();
    },
  };
}
