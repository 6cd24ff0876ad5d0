/**
 * Stores messages of one stream one after the other, with one answer for all: the server's fast ingest.
 *
 *   sent ──the last is stored──▶ stored        ──one is refused──▶ cut short before it        ──no answer──▶ open what is stored
 *
 * What the server must know stands in the reply subject, `<inbox>.<batch>.<flow>.fail.<position>.<operation>.$FI`. An atomic batch opens a store
 * of its own for a moment, which costs the server as much as a hundred messages; pipelined publishes cost both sides an answer for each.
 *
 * Not `startFastIngest` of nats.js 3.4: it is internal, and waits for an answer to the first message. Source: nats-server 2.15,
 * `processJetStreamFastBatchMsg`; the tests are those of libs/broker, outbox.int.spec.ts.
 */
import type { ApiError } from '@nats-io/jetstream';
import { errors, nuid, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { newInbox } from '../inbox.ts';
import { refusedBatch, type BatchOutcome } from './batch-outcome.ts';
import { headersOf } from './message-headers.ts';
import type { OutgoingMessage } from './outbox.ts';

const answerWithinMs = 5_000;
/** Messages from one sign of life of the server to the next; it knows no more. */
const flowMax = 500;
/** As the server numbers them. */
const operations = { start: 0, append: 1, commit: 2 };
const noRespondersCode = 503;

interface OpenBatch {
  count: number;
  resolve(outcome: BatchOutcome): void;
  reject(error: unknown): void;
}

/** Sends the batches of one connection, and receives all their answers over one subscription. */
export class FastIngest {
  readonly #connection: NatsConnection;
  readonly #inbox: string;
  readonly #open = new Map<string, OpenBatch>();

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#inbox = `${newInbox(connection)}.`;
    connection.subscribe(`${this.#inbox}>`, {
      callback: (error, message) => {
        if (error === null) this.#receive(message);
      },
    });
  }

  /** Resolves when all are durable, or one was refused. Throws `JetStreamApiError` when the server cannot store now; any other error leaves all open. */
  async send(messages: readonly OutgoingMessage[]): Promise<BatchOutcome> {
    // Two batches of one name would be one to the server, even from two connections.
    const id = nuid.next();
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new errors.TimeoutError()), answerWithinMs);
        this.#open.set(id, { count: messages.length, resolve, reject });
        this.#publish(id, messages);
      });
    } finally {
      clearTimeout(timer);
      this.#open.delete(id);
    }
  }

  #publish(id: string, messages: readonly OutgoingMessage[]): void {
    const last = messages.length - 1;
    for (const [index, message] of messages.entries()) {
      const operation = index === last ? operations.commit : index === 0 ? operations.start : operations.append;
      const reply = `${this.#inbox}${id}.${flowMax}.fail.${index + 1}.${operation}.$FI`;
      this.#connection.publish(message.subject, message.data, { headers: headersOf(message), reply });
    }
  }

  #receive(message: Msg): void {
    const [id = '', , , position] = message.subject.slice(this.#inbox.length).split('.');
    const batch = this.#open.get(id);
    if (batch === undefined) return;
    if (message.headers?.code === noRespondersCode) return batch.reject(new errors.NoRespondersError(message.subject));
    try {
      const outcome = outcomeOf(message.json<IngestAnswer>(), Number(position), batch.count);
      if (outcome !== undefined) batch.resolve(outcome);
    } catch (error) {
      batch.reject(error);
    }
  }
}

/** What the server answers to a message (`BatchFlowAck`, `BatchFlowErr`, `BatchFlowGap`): how it goes on (`ack`), that messages are missing (`gap`), what is wrong with a message (`err`, or without a type), or at last how many are stored. */
interface IngestAnswer {
  type?: 'ack' | 'gap' | 'err';
  error?: ApiError;
  count?: number;
}

/**
 * What an answer states about the whole batch. `position` of the message that is answered, from 1; `count` of messages in the batch. Undefined when nothing is decided yet. Throws `JetStreamApiError`
 * when the server cannot store now.
 *
 * After an `err` the server takes no more of the batch. A refusal without a type, of another than the first message, was not foreseen by it: then
 * later ones may be stored as well. So may any number when another server took over the stream (`gap`, or fewer than were sent).
 */
export function outcomeOf(answer: IngestAnswer, position: number, count: number): BatchOutcome | undefined {
  const { type, error } = answer;
  if (error !== undefined) return refusedBatch(error, type === 'err' || position === 1 ? position - 1 : count);
  if (type === 'gap') return { stored: false, maybe: count };
  if (answer.count === undefined) return undefined;
  return answer.count === count ? { stored: true } : { stored: false, maybe: count };
}
