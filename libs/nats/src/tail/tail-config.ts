/** The passing consumer under one reading of a tail. Pure. */
import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

export interface TailRange {
  stream: string;
  /** Subjects to read; wildcards allowed. */
  filter: string;
  /** Starts here; without it at the first message. */
  fromSequence?: number;
  /** Of what is stored at the start, only the newest message of each subject. */
  lastPerSubject?: boolean;
}

export const HEARTBEAT_MS = 1_000;
const forgetAfterMs = 30_000;

export function tailConfig({
  range,
  name,
  inbox,
  reader,
  after,
}: {
  range: TailRange;
  name: string;
  inbox: string;
  reader: string;
  /** Sequence of the last message seen; 0 for none. */
  after: number;
}): Partial<ConsumerConfig> {
  const fromStart = range.lastPerSubject === true ? DeliverPolicy.LastPerSubject : DeliverPolicy.All;
  return {
    name,
    description: `Read by ${reader} while it runs.`,
    deliver_subject: inbox,
    filter_subject: range.filter,
    ...(after === 0 ? { deliver_policy: fromStart } : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }),
    ack_policy: AckPolicy.None,
    replay_policy: ReplayPolicy.Instant,
    flow_control: true,
    idle_heartbeat: nanos(HEARTBEAT_MS),
    inactive_threshold: nanos(forgetAfterMs),
    mem_storage: true,
    num_replicas: 1,
  };
}
