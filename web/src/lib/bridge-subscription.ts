/** How topics of the bridge are asked for, and what they are called here. Pure. */
import type { BridgeCommand } from '@manyhands/proto';
import { jobIdOf } from './bridge-frame.ts';

/** A list of the system, or one job, the log or the leases of one by its id. */
export type BridgeTopic =
  Exclude<BridgeCommand['topic'], 'job' | 'logs' | 'leases' | 'alive'> | { job: string } | { logs: string } | { leases: string };

export type Subscription = Exclude<BridgeCommand, { topic: 'alive' }>;

export function nameOf(topic: BridgeTopic): string {
  if (typeof topic === 'string') return topic;
  if ('job' in topic) return topic.job;
  return 'logs' in topic ? `log ${topic.logs}` : `answered ${topic.leases}`;
}

/** `mayBeBrief`: no other job is followed in frames that do not state whose they are. */
export function subscriptionOf(topic: BridgeTopic, mayBeBrief: boolean): Subscription {
  if (topic === 'jobs') return { do: 'subscribe', topic, rows: true };
  if (typeof topic === 'string') return { do: 'subscribe', topic };
  if ('job' in topic) return { do: 'subscribe', topic: 'job', id: topic.job, changes: true, ...(mayBeBrief && { brief: true }) };
  return 'logs' in topic
    ? { do: 'subscribe', topic: 'logs', id: topic.logs }
    : { do: 'subscribe', topic: 'leases', id: topic.leases };
}

/** The name of the topic whose key this is: of a job `<tenant>.<job>`, of its log `log.<tenant>.<job>`, of its leases `answered.<tenant>.<job>`. */
export function subscriptionIn(key: string): string {
  const words = key.split('.');
  return words.length === 3 ? `${words[0]} ${jobIdOf(key)}` : jobIdOf(key);
}
