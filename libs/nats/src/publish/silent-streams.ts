/**
 * Knows which streams take messages and answer nothing, though the server is there.
 *
 *   answering ──no answer in time──▶ silent ──any answer, reconnected, half a minute──▶ answering
 *
 * nats-server 2.15 freezes a stream when a write to it fails, as on a full disk: reads go on, every publish stays without an answer until the
 * server is started again, and neither an error nor the stream's info reports it. A client only receives no answer. It is forgotten after a
 * while, since perhaps nothing is published any more that the stream could answer.
 */
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';

const rememberedMs = 30_000;

export class SilentStreams {
  /** By stream: when an answer was last missed. */
  readonly #missedAtMs = new Map<string, number>();
  /** How often the connection came or went. What was asked over an earlier one proves nothing. */
  #connection = 0;

  connected(): void {
    this.#connection += 1;
    this.#missedAtMs.clear();
  }

  /** Names of the streams that left the last message of ours without an answer. */
  get names(): string[] {
    const now = performance.now();
    return [...this.#missedAtMs].filter(([, atMs]) => now - atMs < rememberedMs).map(([stream]) => stream);
  }

  /** Watches one try to store in a stream. Resolves and throws as `work` does. */
  async watch<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const connection = this.#connection;
    try {
      const answer = await work();
      this.#missedAtMs.delete(stream);
      return answer;
    } catch (error) {
      if (error instanceof JetStreamApiError) this.#missedAtMs.delete(stream);
      else if (error instanceof errors.TimeoutError && connection === this.#connection)
        this.#missedAtMs.set(stream, performance.now());
      throw error;
    }
  }
}
