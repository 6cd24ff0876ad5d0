/** Counts what waits where, for the operations page and for metrics. */
import { laneOfQueue, parseWorkSubject, STREAMS, type Lane, LANES } from '@manyhands/proto';
import type { ConsumerInfo, Broker } from '@manyhands/nats';

interface LaneDepth {
  kind: string;
  lane: Lane;
  /** Leases waiting for a slot. */
  waiting: number;
  /** Leases handed to a worker and not settled. */
  in_flight: number;
  /** Of those in flight, handed over more than once. */
  redelivered: number;
}

export interface QueueReport {
  lanes: LaneDepth[];
  /** Mailbox messages that no coordinator has acknowledged. */
  mailboxWaiting: number;
  /** Partitions in which messages wait, and no coordinator has the pin: the server gives it with the first message, and takes it from one that does not ask. */
  partitionsUnowned: number;
  deadLetters: number;
}

export async function reportQueues(broker: Broker): Promise<QueueReport> {
  const [work, mailbox, dead] = await Promise.all([
    consumersOf(broker, STREAMS.work.name),
    consumersOf(broker, STREAMS.mailbox.name),
    broker.insist('counting dead letters', () => broker.manager.streams.info(STREAMS.dead.name)),
  ]);
  // Only durable consumers are partitions; others pass through to read.
  const partitions = mailbox.filter((info) => info.config.durable_name);
  return {
    lanes: together(work.flatMap(laneDepth)).sort(
      (a, b) => a.kind.localeCompare(b.kind) || LANES.indexOf(a.lane) - LANES.indexOf(b.lane),
    ),
    mailboxWaiting: partitions.reduce((sum, info) => sum + waitingIn(info), 0),
    partitionsUnowned: partitions.filter((info) => waitingIn(info) > 0 && !isPinned(info)).length,
    deadLetters: dead.state.messages,
  };
}

function waitingIn({ num_pending: pending, num_ack_pending: unacknowledged }: ConsumerInfo): number {
  return pending + unacknowledged;
}

/** `priority_groups` of the answer is missing in the types of nats.js 3.4. */
function isPinned(info: ConsumerInfo & { priority_groups?: { pinned_client_id?: string }[] }): boolean {
  return info.priority_groups?.some((group) => Boolean(group.pinned_client_id)) ?? false;
}

/** The queues of a lane are counted as one. */
function together(depths: readonly LaneDepth[]): LaneDepth[] {
  const lanes = new Map<string, LaneDepth>();
  for (const depth of depths) {
    const known = lanes.get(`${depth.kind} ${depth.lane}`) ?? { ...depth, waiting: 0, in_flight: 0, redelivered: 0 };
    lanes.set(`${depth.kind} ${depth.lane}`, {
      ...known,
      waiting: known.waiting + depth.waiting,
      in_flight: known.in_flight + depth.in_flight,
      redelivered: known.redelivered + depth.redelivered,
    });
  }
  return [...lanes.values()];
}

/** Empty for a consumer that is no queue of a kind. */
function laneDepth(info: Pick<ConsumerInfo, 'config' | 'num_pending' | 'num_ack_pending' | 'num_redelivered'>): LaneDepth[] {
  const address = parseWorkSubject(info.config.filter_subject ?? '');
  const lane = laneOfQueue(address?.queue ?? '');
  if (address === undefined || lane === undefined) return [];
  return [
    { kind: address.kind, lane, waiting: info.num_pending, in_flight: info.num_ack_pending, redelivered: info.num_redelivered },
  ];
}

async function consumersOf(broker: Broker, stream: string): Promise<ConsumerInfo[]> {
  return broker.insist(`listing the consumers of ${stream}`, async () => {
    const all: ConsumerInfo[] = [];
    for await (const info of broker.manager.consumers.list(stream)) all.push(info);
    return all;
  });
}
