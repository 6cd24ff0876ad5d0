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

/** What of a stream is not as it must be; `sizes`: whether it is known how large they are to be. */
export function harmfulDifferences(config: StreamInfo['config'], wanted: WantedStream, sizes: boolean): Difference[] {
  return differencesOf(config, wanted).filter(({ field }) => !leftAlone.includes(field) && (sizes || field !== 'max_bytes'));
}

/** Returns the names of those it made or changed. Throws as `provision` does, and what the server refuses. */
export async function mendStreams(broker: Broker, options: ProvisionOptions): Promise<string[]> {
  const wanted = wantedStreams(options.replicas ?? 1, options);
  const present = new Map((await listStreams(broker, wanted)).map((info) => [info.config.name, info]));
  const mended: string[] = [];
  // First, because provisioning refuses what was changed.
  for (const one of wanted) {
    const info = present.get(one.name);
    const changes =
      info && harmfulDifferences(info.config, one, options.storageGb !== undefined).filter((each) => isSafe(info, each));
    if (changes === undefined || changes.length === 0) continue;
    await broker.manager.streams.update(one.name, Object.fromEntries(changes.map(({ field, wanted }) => [field, wanted])));
    mended.push(one.name);
  }
  const missing = wanted.filter(({ name }) => !present.has(name)).map(({ name }) => name);
  if (missing.length > 0) await provision(broker, options);
  return [...mended, ...missing];
}

function isSafe({ config, state }: StreamInfo, { field, wanted }: Difference): boolean {
  return field !== 'max_bytes' || config.discard === 'new' || state.bytes <= Number(wanted);
}
