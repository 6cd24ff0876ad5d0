/** Answers core requests under one subject; of all processes that do, the server asks one. */
import { encode } from '@manyhands/proto';
import type { Broker } from '@manyhands/nats';

export interface QueryAnswers {
  /** The reply: bytes and text as they are, anything else as JSON. */
  answer(data: Uint8Array): Promise<unknown>;
  /** Called with the reason a request was not answered. */
  failed(error: unknown): void;
}

const queueGroup = 'answers';

/** Returns how to stop: nothing new is taken, what is being answered is answered first. */
export function answerQueries(broker: Broker, subject: string, { answer, failed }: QueryAnswers): () => Promise<void> {
  const answering = new Set<Promise<void>>();
  const subscription = broker.connection.subscribe(subject, {
    queue: queueGroup,
    callback(error, message) {
      if (error !== null) return failed(error);
      const one = answer(message.data)
        .then((reply) => void message.respond(asBytes(reply)), failed)
        .finally(() => answering.delete(one));
      answering.add(one);
    },
  });
  return async () => {
    if (!broker.connection.isClosed()) subscription.unsubscribe();
    await Promise.all(answering);
  };
}

function asBytes(reply: unknown): Uint8Array | string {
  return typeof reply === 'string' || reply instanceof Uint8Array ? reply : encode(reply ?? null);
}
