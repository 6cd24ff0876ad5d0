/**
 * Puts right what an operator did to streams and buckets while everything runs: what was removed is made again, empty, and what was changed is changed back.
 *
 * For who may make streams, where services may not. Invariant: a stream is never made smaller than what is in it where that would lose something.
 */
import { differencesOf, listStreams, type Broker, type Difference, type StreamInfo, type WantedStream } from '@manyhands/nats';
import { provision, type ProvisionOptions } from './provision.ts';
import { wantedStreams } from './wanted-streams.ts';

/** Copies are an operator's choice that takes effect while everything runs; notes and wordings change nothing. */
const leftAlone: readonly string[] = ['num_replicas', 'metadata', 'description'];

/** Whether a stream or consumer that differs so is not as it must be. */
export function isHarmful({ field }: Difference): boolean {
  return !leftAlone.includes(field);
}

/** What of a stream is not as it must be; `sizes`: whether it is known how large they are to be. */
export function harmfulDifferences(config: StreamInfo['config'], wanted: WantedStream, sizes: boolean): Difference[] {
  return differencesOf(config, wanted).filter((each) => isHarmful(each) && (sizes || each.field !== 'max_bytes'));
}

/** What to change in a stream, without what would lose something that is in it. */
export function safeChanges({ config, state }: StreamInfo, differences: readonly Difference[]): Record<string, unknown> {
  const safe = differences.filter(
    ({ field, wanted }) => field !== 'max_bytes' || config.discard === 'new' || state.bytes <= Number(wanted),
  );
  return Object.fromEntries(safe.map(({ field, wanted }) => [field, wanted]));
}

/** Returns the names of those it made or changed. Throws as `provision` does, and what the server refuses. */
export async function mendStreams(broker: Broker, options: ProvisionOptions): Promise<string[]> {
  const wanted = wantedStreams(options.replicas ?? 1, options);
  const present = new Map((await listStreams(broker, wanted)).map((info) => [info.config.name, info]));
  const mended: string[] = [];
  // First, because provisioning refuses what was changed.
  for (const one of wanted) {
    const info = present.get(one.name);
    if (info === undefined) continue;
    const changes = safeChanges(info, harmfulDifferences(info.config, one, options.storageGb !== undefined));
    if (Object.keys(changes).length === 0) continue;
    await broker.manager.streams.update(one.name, changes);
    mended.push(one.name);
  }
  const missing = wanted.filter(({ name }) => !present.has(name)).map(({ name }) => name);
  if (missing.length > 0) await provision(broker, options);
  return [...mended, ...missing];
}
