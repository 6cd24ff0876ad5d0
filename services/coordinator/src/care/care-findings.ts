/** What of that which was provided is missing or was changed by hand. Pure. */
import {
  type ConsumerInfo,
  type StreamInfo,
  nanos,
  differencesOf,
  type Difference,
  type WantedConsumer,
  type WantedStream,
} from '@manyhands/nats';
import { STREAMS } from '@manyhands/proto';
import { ACK_WAIT_NOTE, harmfulDifferences, isHarmful } from '@manyhands/broker';

export type Finding =
  | { what: string; stream: string; is: 'missing stream'; wanted: WantedStream }
  | { what: string; stream: string; is: 'changed stream'; wanted: WantedStream; differences: Difference[] }
  | { what: string; stream: string; is: 'missing consumer'; wanted: WantedConsumer }
  | { what: string; stream: string; is: 'changed consumer'; wanted: WantedConsumer; differences: Difference[] }
  | { what: string; stream: string; is: 'paused consumer'; name: string };

/** `sizes`: whether it is known how large they are to be. */
export function streamFindings(
  streams: readonly Pick<StreamInfo, 'config'>[],
  wanted: readonly WantedStream[],
  { sizes }: { sizes: boolean },
): Finding[] {
  const byName = new Map(streams.map(({ config }) => [config.name, config]));
  return wanted.flatMap((one): Finding[] => {
    const what = streamTitle(one.name);
    const config = byName.get(one.name);
    if (config === undefined) return [{ what, stream: one.name, is: 'missing stream', wanted: one }];
    const differences = harmfulDifferences(config, one, sizes);
    return differences.length > 0 ? [{ what, stream: one.name, is: 'changed stream', wanted: one, differences }] : [];
  });
}

export function consumerFindings(
  stream: string,
  infos: readonly Pick<ConsumerInfo, 'name' | 'config' | 'paused'>[],
  wanted: readonly WantedConsumer[],
): Finding[] {
  const byName = new Map(infos.map((info) => [info.name, info]));
  return wanted.flatMap((one): Finding[] => {
    const what = `consumer ${one.durable_name} of stream ${stream}`;
    const info = byName.get(one.durable_name);
    if (info === undefined) return [{ what, stream, is: 'missing consumer', wanted: one }];
    if (info.paused === true) return [{ what, stream, is: 'paused consumer', name: one.durable_name }];
    const meant = withNotedAckWait(one, info.config.metadata);
    const differences = differencesOf(info.config, meant).filter(isHarmful);
    return differences.length > 0 ? [{ what, stream, is: 'changed consumer', wanted: meant, differences }] : [];
  });
}

function withNotedAckWait(wanted: WantedConsumer, metadata: Readonly<Record<string, string>> | undefined): WantedConsumer {
  const noted = Number(metadata?.[ACK_WAIT_NOTE]);
  return noted > 0 ? { ...wanted, ack_wait: nanos(noted) } : wanted;
}

/** As an operator calls it. */
function streamTitle(name: string): string {
  return name.startsWith('KV_') ? `bucket ${name.slice(3)}` : `stream ${name}`;
}

export function problemOf(finding: Finding): string {
  switch (finding.is) {
    case 'missing stream':
    case 'missing consumer':
      return 'it was removed';
    case 'paused consumer':
      return 'it was paused';
    default:
      return `it was changed (${finding.differences.map(({ field, has, wanted }) => `${field} is ${JSON.stringify(has) ?? 'unset'} instead of ${JSON.stringify(wanted) ?? 'unset'}`).join(', ')})`;
  }
}

/** What was done about it, and what that costs. */
export function doneOf({ is, stream }: Finding): string {
  if (is === 'missing stream')
    return `It was created again, empty: what was in it is lost${streamTitle(stream) === `stream ${STREAMS.mailbox.name}` ? ', and with it jobs whose state was not saved yet' : ''}.`;
  if (is === 'missing consumer') return 'It was created again.';
  return is === 'paused consumer'
    ? 'It was resumed.'
    : 'It was changed back; stop the services before you change what they need.';
}
