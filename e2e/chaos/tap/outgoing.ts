/**
 * Everything a process of ours sends to NATS, seen from within that process: every publish, compare-and-set and ack passes here.
 *
 * Preloaded into a process under test, so that the product holds no switch by which it could be killed or made to lie, and its hot path
 * not a line for it. Reaches below the public interface of nats.js 3.4, because an ack leaves through none of its connections.
 */
import { MsgImpl, NatsConnectionImpl, ProtocolHandler } from '@nats-io/nats-core/internal';

export interface Outgoing {
  subject: string;
  data: Uint8Array;
}

export interface Watcher {
  /** Whether this message is to be watched. */
  wants(outgoing: Outgoing): boolean;
  /** It is about to leave. */
  leaving(outgoing: Outgoing): void;
  /** It was answered; or, where nobody answers (acks), the server has read it. */
  arrived(outgoing: Outgoing): void;
}

type Payload = Uint8Array | string | undefined;

export function watchOutgoing(watcher: Watcher): void {
  const { publish } = ProtocolHandler.prototype;
  ProtocolHandler.prototype.publish = function (subject, payload, options) {
    const outgoing = { subject, data: bytesOf(payload) };
    const wanted = watcher.wants(outgoing);
    if (wanted) watcher.leaving(outgoing);
    publish.call(this, subject, payload, options);
    if (wanted && !options?.reply) void this.flush().then(() => watcher.arrived(outgoing));
  };
  aroundRequests(async (outgoing, send) => {
    const answer = await send();
    if (watcher.wants(outgoing)) watcher.arrived(outgoing);
    return answer;
  });
}

const answerWithinMs = 5_000;

type Answer = Awaited<ReturnType<NatsConnectionImpl['request']>>;
type RequestOptions = Parameters<NatsConnectionImpl['request']>[2];

/** Puts `around` between a process and the server, for whatever is answered. */
export function aroundRequests(around: (outgoing: Outgoing, send: () => Promise<Answer>, options: RequestOptions) => Promise<Answer>): void {
  const { publish, request } = NatsConnectionImpl.prototype;
  NatsConnectionImpl.prototype.request = function (subject, data, options) {
    return around({ subject, data: bytesOf(data) }, () => request.call(this, subject, data, options), options);
  };
  // What is stored is asked for by a publish that names a subject for the answer: here it is made a request, and its answer passed on.
  NatsConnectionImpl.prototype.publish = function (subject, data, options) {
    const { reply, headers } = options ?? {};
    const asks = reply !== undefined && !subject.startsWith('$JS.') && !reply.startsWith(this.protocol.muxSubscriptions.baseInbox);
    if (!asks) return publish.call(this, subject, data, options);
    const passOn = (answer: Answer): void => publish.call(this, reply, answer.data, answer.headers && { headers: answer.headers });
    void this.request(subject, data, { timeout: answerWithinMs, ...(headers && { headers }) }).then(passOn, () => undefined);
  };
}

/** An answer nobody gave. */
export function forgedAnswer(body: unknown): Answer {
  return Object.create(MsgImpl.prototype, { data: { value: bytesOf(JSON.stringify(body)) }, headers: { value: undefined } }) as Answer;
}

function bytesOf(payload: Payload): Uint8Array {
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : (payload ?? new Uint8Array());
}
