/** What the server is asked to allow each identity, as subjects. Pure. */
import { BUCKETS, type BucketKey } from '../buckets.ts';
import { STREAMS, type StreamKey } from '../streams.ts';
import { SERVICE_IDENTITIES, TABLE, type AssetKey, type Identity, type Right, type ServiceIdentity } from './identities.ts';

export interface Permissions {
  publish: readonly string[];
  subscribe: readonly string[];
  /** It may answer each question it is sent, once. */
  answers: boolean;
}

const api = '$JS.API';
export const ASSET_KEYS = [...Object.keys(STREAMS), ...Object.keys(BUCKETS)] as AssetKey[];

/** As the server calls the stream under it. */
export function streamNameOf(key: AssetKey): string {
  return isBucket(key) ? `KV_${BUCKETS[key].name}` : STREAMS[key].name;
}

/** As in `_INBOX.gateway`: none but this identity may subscribe to what is below. */
export function inboxOf(identity: Identity): string {
  return `_INBOX.${identity}`;
}

export function permissionsOf(identity: Identity): Permissions {
  if (identity === 'admin') return { publish: ['>'], subscribe: ['>'], answers: false };
  const inbox = `${inboxOf(identity)}.>`;
  if (identity === 'provision') return { publish: provisioning, subscribe: [inbox], answers: false };
  const { assets, publishes, subscribes, answers = false } = TABLE[identity];
  const seen = ASSET_KEYS.filter((key) => maySee(identity, key)).map((key) => `${api}.STREAM.INFO.${streamNameOf(key)}`);
  const rights = Object.entries(assets).flatMap(([key, each]) => each.flatMap((right) => subjectsOf(key as AssetKey, right)));
  const mends = Object.values(assets).some((each) => each.includes('mend'));
  return {
    publish: unique([`${api}.INFO`, ...seen, ...(mends ? [`${api}.STREAM.LIST`] : []), ...rights, ...publishes]),
    subscribe: [inbox, ...subscribes],
    answers,
  };
}

/** Streams, buckets and the consumers of partitions; messages it neither reads nor writes. */
const provisioning: readonly string[] = [
  `${api}.INFO`,
  `${api}.STREAM.LIST`,
  ...['CREATE', 'UPDATE', 'INFO'].map((verb) => `${api}.STREAM.${verb}.*`),
  ...['INFO', 'RESET'].map((verb) => `${api}.CONSUMER.${verb}.${STREAMS.mailbox.name}.*`),
  `${api}.CONSUMER.CREATE.${STREAMS.mailbox.name}.>`,
];

function subjectsOf(key: AssetKey, right: Right): string[] {
  const stream = streamNameOf(key);
  const consumer = (...verbs: string[]): string[] => verbs.map((verb) => `${api}.CONSUMER.${verb}.${stream}.*`);
  // With its filter in the subject, as every consumer of ours has one.
  const creates = `${api}.CONSUMER.CREATE.${stream}.*.>`;
  switch (right) {
    case 'read':
      return [
        `${api}.STREAM.MSG.GET.${stream}`,
        `${api}.DIRECT.GET.${stream}`,
        `${api}.DIRECT.GET.${stream}.>`,
        `${api}.CONSUMER.LIST.${stream}`,
        ...consumer('INFO'),
      ];
    case 'confirm':
      return [`${api}.STREAM.MSG.GET.${stream}`];
    case 'follow':
      return [creates, ...consumer('DELETE'), `$JS.FC.${stream}.>`];
    case 'take':
      // The second is what acknowledgements look like from nats-server 2.16 on.
      return [creates, ...consumer('INFO', 'MSG.NEXT'), `$JS.ACK.${stream}.>`, `$JS.ACK.*.*.${stream}.>`];
    case 'mend':
      return [creates, ...consumer('INFO', 'DELETE', 'RESET', 'UNPIN', 'PAUSE')];
    case 'write':
      if (!isBucket(key)) throw new Error(`Invariant: ${key} is a bucket; a stream is written by its subjects.`);
      return [`$KV.${BUCKETS[key].name}.>`];
    case 'purge':
      return [`${api}.STREAM.PURGE.${stream}`];
    case 'remove':
      return [`${api}.STREAM.PURGE.${stream}`, `${api}.STREAM.MSG.DELETE.${stream}`];
  }
}

function isBucket(key: AssetKey): key is Exclude<BucketKey, StreamKey> {
  return key in BUCKETS;
}

function unique(subjects: readonly string[]): string[] {
  return [...new Set(subjects)];
}

/** What no other service than these may even know the keys of. */
const closed: Partial<Record<string, readonly Identity[]>> = {
  identity: ['gateway', 'provision', 'admin'],
  limits: ['gateway', 'provision', 'admin'],
};

/** Whether it may look at the consumers that hand each partition to its coordinator. */
export function mayProvidePartitions(identity: Identity): boolean {
  return !isService(identity) || TABLE[identity].assets.mailbox?.includes('read') === true;
}

function isService(identity: Identity): identity is ServiceIdentity {
  return SERVICE_IDENTITIES.some((service) => service === identity);
}

/** Whether it may see that a stream or bucket is there, how it is set and how full it is. */
export function maySee(identity: Identity, key: AssetKey): boolean {
  return closed[key]?.includes(identity) ?? true;
}
