/**
 * Knows which streams take messages and answer nothing, though the server is there.
 *
 *   answering ──no answer in time──▶ silent ──any answer, reconnected, half a minute──▶ answering
 *
 * nats-server 2.15 freezes a stream when a write to it fails, as on a full disk: reads go on, every publish stays without an answer until the
 * server is started again, and neither an error nor the stream's info reports it. A client only receives no answer. It is forgotten after a
 * while, since no process may publish to it and receive an answer again.
 */
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import type { Broker } from '../broker.ts';

const rememberedMs = 30_000;

interface Silence {
  /** By stream: when an answer was last missed. */
  readonly missedAtMs: Map<string, number>;
  /** How often the connection came or went. What was asked over an earlier one proves nothing. */
  connection: number;
}

const known = new WeakMap<Broker, Silence>();

/** Names of the streams that left the last message of ours without an answer. */
export function silentStreams(broker: Broker): string[] {
  const now = performance.now();
  return [...silenceOf(broker).missedAtMs].filter(([, atMs]) => now - atMs < rememberedMs).map(([stream]) => stream);
}

/** Watches one try to store in a stream. Resolves and throws as `work` does. */
export async function heedSilence<T>(broker: Broker, stream: string, work: () => Promise<T>): Promise<T> {
  const silence = silenceOf(broker);
  const { connection } = silence;
  try {
    const answer = await work();
    silence.missedAtMs.delete(stream);
    return answer;
  } catch (error) {
    if (error instanceof JetStreamApiError) silence.missedAtMs.delete(stream);
    else if (error instanceof errors.TimeoutError && connection === silence.connection)
      silence.missedAtMs.set(stream, performance.now());
    throw error;
  }
}

function silenceOf(broker: Broker): Silence {
  const present = known.get(broker);
  if (present !== undefined) return present;
  const silence: Silence = { missedAtMs: new Map(), connection: 0 };
  known.set(broker, silence);
  broker.onConnected(() => {
    silence.connection += 1;
    silence.missedAtMs.clear();
  });
  return silence;
}
