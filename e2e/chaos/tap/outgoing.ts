/**
 * Everything a process of ours sends to NATS, seen from within that process: every publish, compare-and-set and ack passes here.
 *
 * Preloaded into a process under test, so that the product holds no switch by which it could be killed, and its hot path
 * not a line for it. Reaches below the public interface of nats.js 3.4, because an ack leaves through none of its connections.
 */
import { NatsConnectionImpl, ProtocolHandler } from '@nats-io/nats-core/internal';

export interface Outgoing {
  subject: string;
  data: Uint8Array;
}

export interface Watcher {
  /** Whether this message is to be watched. */
  wants(outgoing: Outgoing): boolean;
  /** It is about to leave. */
  leaving(outgoing: Outgoing): void;
  /** A request was answered; of anything else the server has read it, whatever it answers by itself. */
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
    const isRequest = options?.reply?.startsWith(this.muxSubscriptions.baseInbox) === true;
    if (wanted && !isRequest) void this.flush().then(() => watcher.arrived(outgoing));
  };
  const { request } = NatsConnectionImpl.prototype;
  NatsConnectionImpl.prototype.request = async function (subject, data, options) {
    const answer = await request.call(this, subject, data, options);
    const outgoing = { subject, data: bytesOf(data) };
    if (watcher.wants(outgoing)) watcher.arrived(outgoing);
    return answer;
  };
}

function bytesOf(payload: Payload): Uint8Array {
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : (payload ?? new Uint8Array());
}
