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
  deadLetters: number;
}

export async function reportQueues(broker: Broker): Promise<QueueReport> {
  const [work, mailbox, dead] = await Promise.all([
    consumersOf(broker, STREAMS.work.name),
    consumersOf(broker, STREAMS.mailbox.name),
    broker.insist('counting dead letters', () => broker.manager.streams.info(STREAMS.dead.name)),
  ]);
  return {
    lanes: together(work.flatMap(laneDepth)).sort(
      (a, b) => a.kind.localeCompare(b.kind) || LANES.indexOf(a.lane) - LANES.indexOf(b.lane),
    ),
    // Only durable consumers are partitions; others pass through to read.
    mailboxWaiting: mailbox
      .filter((info) => info.config.durable_name)
      .reduce((sum, info) => sum + info.num_pending + info.num_ack_pending, 0),
    deadLetters: dead.state.messages,
  };
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
