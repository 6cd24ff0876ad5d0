/** What the coordinator needs from NATS, opened before anything else: the connection, the outbox and its buckets. */
import { hostname } from 'node:os';
import { createMembership, type BucketMembership } from './mailbox/membership.ts';
import { createOutbox, openBroker, openBucket, provision } from '@manyhands/broker';
import type { Broker, Bucket, Outbox } from '@manyhands/nats';
import type { CoordinatorHeartbeat } from '@manyhands/proto';
import type { CoordinatorConfig } from './config.ts';

export interface Bus {
  broker: Broker;
  outbox: Outbox;
  buckets: Readonly<Record<'jobs' | 'jobState' | 'workers', Bucket>>;
  /** This process among the live coordinators. */
  membership: BucketMembership;
  /** What its heartbeat states beside that. */
  said: Pick<CoordinatorHeartbeat, 'stuck' | 'counts' | 'troubles'>;
}

/** Throws when NATS is away, too old, or holds streams that differ from ours. */
export async function openBus(config: CoordinatorConfig): Promise<Bus> {
  const broker = await openBroker({ url: config.natsUrl, access: config.natsAccess, name: 'coordinator' });
  try {
    const { replicas, retentionHours, storageGb } = config;
    await provision(broker, { replicas, retentionHours, storageGb, as: 'coordinator' });
    const [jobs, jobState, workers, coordinators] = await Promise.all([
      openBucket(broker, 'jobs'),
      openBucket(broker, 'jobState'),
      openBucket(broker, 'workers'),
      openBucket(broker, 'coordinators'),
    ]);
    const said: Bus['said'] = {};
    const membership = createMembership(broker, { bucket: coordinators, self: coordinatorId(), report: () => said });
    return { broker, outbox: createOutbox(broker), buckets: { jobs, jobState, workers }, membership, said };
  } catch (error) {
    await broker.close();
    throw error;
  }
}

/** Unique for each process start, and readable for an operator. */
function coordinatorId(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, 32);
  return `${host}-${process.pid}-${Date.now().toString(36)}${Math.floor(Math.random() * 46_656).toString(36)}`;
}
