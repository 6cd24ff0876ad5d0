/**
 * Holds what an account may store against what the system reserves, before anything is created.
 *
 * Invariant: a limit that is too small is a sentence with the setting to raise, and the end of the process that started; it would otherwise be jobs that
 * wait forever.
 */
import { CAPACITY, ManyhandsError, reservedBytes, STREAMS, BUCKETS, limitBytes, LOADS, LANES } from '@manyhands/proto';
import { API_CODES, type AccountLimits, type Broker } from '@manyhands/nats';
import { wantedPartitions } from './partition-config.ts';

/** Durable consumers beside the partitions', and what a few gateways and coordinators watch with. */
const consumersBeside = 3 + 2 * LANES.length + 32;

interface Needs {
  storageBytes: number;
  largestStreamBytes: number;
  streams: number;
  consumers: number;
  ackPending: number;
}

function needsOf(storageGb: number | undefined, copiesCounted: number): Needs {
  const partitions = wantedPartitions();
  return {
    storageBytes: reservedBytes(storageGb) * copiesCounted,
    largestStreamBytes: limitBytes(LOADS.mailbox, storageGb),
    streams: Object.keys(STREAMS).length + Object.keys(BUCKETS).length,
    consumers: partitions.length + consumersBeside,
    ackPending: Math.max(...partitions.map((partition) => partition.max_ack_pending ?? 0)),
  };
}

/** Undefined when the account is large enough. Pure. */
function accountProblem(limits: AccountLimits, needs: Needs): string | undefined {
  const lessStorage = 'or set MANYHANDS_STORAGE_GB to less, the same for all services';
  const rows: [has: number, needed: number, sentence: string][] = [
    [
      limits.max_storage,
      needs.storageBytes,
      `reserve ${needs.storageBytes} bytes of file storage, but its account may have ${limits.max_storage}: raise the account's max_file, ${lessStorage}`,
    ],
    [
      limits.storage_max_stream_bytes,
      needs.largestStreamBytes,
      `reserve up to ${needs.largestStreamBytes} bytes in one stream, but its account may have ${limits.storage_max_stream_bytes}: raise the account's disk_max_stream_bytes, ${lessStorage}`,
    ],
    [
      limits.max_streams,
      needs.streams,
      `are ${needs.streams}, but its account may have ${limits.max_streams} streams: raise the account's max_streams`,
    ],
    [
      limits.max_consumers,
      needs.consumers,
      `need about ${needs.consumers} consumers, but its account may have ${limits.max_consumers}: raise the account's max_consumers`,
    ],
    [
      limits.max_ack_pending,
      needs.ackPending,
      `have consumers with ${needs.ackPending} messages unacknowledged, but its account allows ${limits.max_ack_pending}: raise the account's max_ack_pending`,
    ],
  ];
  const short = rows.find(([has, needed]) => isLimit(has) && has < needed);
  return short && `the streams on this NATS server ${short[2]}.`;
}

/** The server reports -1, or leaves out, what it does not limit; some limits also 0. */
function isLimit(has: number | undefined): has is number {
  return has !== undefined && has > 0;
}

/** Throws `bad_request`. Sizes are compared only when the caller passes them. */
export async function refuseSmallAccount(broker: Broker, replicas: number, storageGb: number | undefined): Promise<void> {
  const account = await broker.insist('reading the limits of the account', () => broker.manager.getAccountInfo());
  const tier = account.tiers?.[`R${replicas}`];
  const needs = needsOf(storageGb, tier === undefined ? replicas : 1);
  const problem = accountProblem(
    tier?.limits ?? account.limits,
    storageGb === undefined ? { ...needs, storageBytes: 0, largestStreamBytes: 0 } : needs,
  );
  if (problem !== undefined) throw new ManyhandsError('bad_request', problem);
}

/** What to change when the server answers with this code to a stream or consumer of ours; undefined where waiting may help. Pure. */
export function settingFor(code: number): string | undefined {
  return settings[code];
}

const room = `or set MANYHANDS_STORAGE_GB to less, the same for all services (${CAPACITY.storageGb} unless set).`;
const settings: Readonly<Record<number, string>> = {
  [API_CODES.storageExceeded]: `Raise max_file_store of the server, ${room}`,
  [API_CODES.accountExceeded]: `Raise the JetStream limits of its account, ${room}`,
  [API_CODES.streamBytesExceeded]: `Raise disk_max_stream_bytes of its account, ${room}`,
  [API_CODES.streamsMaximum]: 'Raise max_streams of its account.',
  [API_CODES.consumersMaximum]: 'Raise max_consumers of its account.',
  [API_CODES.consumerAckPendingExceeded]: 'Raise max_ack_pending of its account.',
  [API_CODES.replicasUnsupported]: 'Set MANYHANDS_REPLICAS to 1, or use a cluster of three servers.',
};
