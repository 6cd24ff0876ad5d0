/**
 * Creates streams and consumers again that were removed by hand, so that no process that remembers the old ones is misled.
 *
 * Invariant: sequences of a stream never go back, not even over its removal: everything that was stored under the old one (states with the sequence they include,
 * revisions, event ids of browsers) would take what is new for old. So one that is made while others of ours have had messages starts at the time of day in microseconds,
 * which no stream reaches by counting. And a consumer created again goes on where the old one was, as far as that is known; what may have been handed out
 * before is noted with it (`handedOutThrough`).
 *
 * nats-server 2.15: care.int.spec.ts.
 */
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import type { Broker } from '../broker.ts';
import type { WantedConsumer, WantedStream } from './wanted.ts';

/** Where a consumer created again states up to which sequence messages may have been handed out by the old one. */
export const HANDED_OUT_NOTE = 'manyhands.handed_out_through';

export function startingAnew(wanted: WantedStream, atMs: number): WantedStream & { first_seq: number } {
  return { ...wanted, first_seq: Math.floor(atMs) * 1_000 };
}

/** Up to which sequence messages may have been handed out before this consumer was made; 0 for one that was never created again. */
export function handedOutThrough({ config }: Pick<ConsumerInfo, 'config'>): number {
  const noted = Number(config.metadata?.[HANDED_OUT_NOTE]);
  return Number.isSafeInteger(noted) && noted > 0 ? noted : 0;
}

/** `settledThrough`: what the old one had settled, if that is known. */
export async function makeConsumerAnew(
  broker: Broker,
  stream: string,
  wanted: WantedConsumer,
  settledThrough = 0,
): Promise<ConsumerInfo> {
  const { consumers, streams } = broker.manager;
  const what = `creating consumer ${wanted.durable_name} again`;
  const { state } = await broker.insist(what, () => streams.info(stream));
  const noted =
    wanted.priority_policy === 'pinned_client' && state.last_seq > 0
      ? { ...wanted, metadata: { ...wanted.metadata, [HANDED_OUT_NOTE]: String(state.last_seq) } }
      : wanted;
  const made = await broker.insist(what, () => consumers.add(stream, noted));
  // A sequence of another stream of the name states nothing about this one.
  if (settledThrough > 0 && settledThrough <= state.last_seq)
    await broker.insist(what, () => consumers.reset(stream, wanted.durable_name, settledThrough + 1));
  return made;
}

/** Those of the wanted streams that are there. */
export async function listStreams(broker: Broker, wanted: readonly WantedStream[]): Promise<StreamInfo[]> {
  const names = new Set(wanted.map(({ name }) => name));
  return broker.insist('listing the streams', async () => {
    const present: StreamInfo[] = [];
    for await (const info of broker.manager.streams.list()) if (names.has(info.config.name)) present.push(info);
    return present;
  });
}

/** Whether messages were ever stored in any of them. */
export function anyHasPast(streams: readonly StreamInfo[]): boolean {
  return streams.some(({ state }) => state.last_seq > 0);
}
