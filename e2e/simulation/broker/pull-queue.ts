/** The pull requests that wait at one consumer. A request dies with its time, or with the connection it came over. */
import type { Schedule } from '../schedule.ts';
import type { Arrived, Connection } from './connection.ts';
import type { Stored } from './stored-stream.ts';

export interface PullRequest {
  connection: Connection;
  /** Which of the connection's lives it belongs to. */
  epoch: number;
  inbox: string;
  left: number;
  /** Bytes it takes yet. */
  bytesLeft: number;
  expiresAtMs: number;
  waits: boolean;
  pinId: string | undefined;
}

/** About what the reply and the headers of a message take. */
const HEAD_BYTES = 200;

export class PullQueue {
  #requests: PullRequest[] = [];
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  add(request: PullRequest): void {
    this.#requests.push(request);
    if (request.waits) this.#schedule.after(request.expiresAtMs - this.#schedule.nowMs, () => this.end(request, 408));
  }

  /** The first request that can still be served, of those that fit. */
  first(fits: (request: PullRequest) => boolean = () => true): PullRequest | undefined {
    this.#requests = this.#requests.filter(
      (request) => request.left > 0 && isOpen(request) && request.expiresAtMs > this.#schedule.nowMs,
    );
    return this.#requests.find(fits);
  }

  /** Whether the message fits into what the request takes yet; if not, the request ends. */
  takes(request: PullRequest, { data, subject }: Stored): boolean {
    request.bytesLeft -= data.length + subject.length + HEAD_BYTES;
    if (request.bytesLeft < 0) this.end(request, 409, 'Message Size Exceeds MaxBytes');
    return request.bytesLeft >= 0;
  }

  /** Ends a request with a status. */
  end(request: PullRequest, code: number, description = ''): void {
    const at = this.#requests.indexOf(request);
    if (at >= 0) this.#requests.splice(at, 1);
    if (request.left > 0 && isOpen(request))
      request.connection.deliver(request.inbox, statusMessage(request.inbox, code, description));
    request.left = 0;
  }
}

/** Hands a stored message to the client that asked. */
export function handOver(
  request: PullRequest,
  stored: Stored,
  where: { stream: string; consumer: string; count: number; order: number; pinId?: string },
): void {
  request.left -= 1;
  const { stream, consumer, count, order, pinId } = where;
  const reply = `$JS.ACK.${stream}.${consumer}.${count}.${stored.sequence}.${order}.${stored.storedAtMs}000000.0`;
  const message: Arrived = {
    subject: stored.subject,
    data: stored.data,
    reply,
    headers: { code: 0, description: '', get: (name) => (name === 'Nats-Pin-Id' ? (pinId ?? '') : '') },
  };
  request.connection.deliver(request.inbox, message);
}

function isOpen({ connection, epoch }: PullRequest): boolean {
  return connection.life.alive && connection.connected && connection.epoch === epoch;
}

function statusMessage(inbox: string, code: number, description: string): Arrived {
  return { subject: inbox, data: new Uint8Array(), headers: { code, description, get: () => '' } };
}
