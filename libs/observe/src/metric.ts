/**
 * Every metric there is: its name, kind, meaning and labels, written once.
 *
 * Invariant: names begin with `manyhands_` and end with their unit, counters with `_total`; no label holds an id, so the number
 * of series stays small.
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  readonly buckets?: readonly number[];
}

const seconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export const METRICS = {
  jobs: { name: 'manyhands_jobs', help: 'Stored jobs, by status.', labels: ['status'] },
  jobsFinished: {
    name: 'manyhands_jobs_finished_total',
    help: 'Jobs that ended, by how they ended.',
    labels: ['kind', 'status'],
  },
  jobDuration: {
    name: 'manyhands_job_duration_seconds',
    help: 'Time from submit to finish.',
    labels: ['kind', 'status'],
    buckets: seconds,
  },
  chunksDone: { name: 'manyhands_chunks_done_total', help: 'Done chunks of finished jobs.', labels: ['kind'] },
  chunksFailed: { name: 'manyhands_chunks_failed_total', help: 'Dead chunks of finished jobs.', labels: ['kind'] },
  workers: { name: 'manyhands_workers', help: 'Live workers.', labels: [] },
  slots: { name: 'manyhands_slots', help: 'Slots of the live workers.', labels: ['state'] },
  leasesWaiting: { name: 'manyhands_leases_waiting', help: 'Leases waiting for a slot.', labels: ['kind', 'lane'] },
  leasesInFlight: {
    name: 'manyhands_leases_in_flight',
    help: 'Leases handed to a slot and not settled.',
    labels: ['kind', 'lane'],
  },
  leasesRedelivered: {
    name: 'manyhands_leases_redelivered',
    help: 'Unsettled leases delivered more than once.',
    labels: ['kind', 'lane'],
  },
  mailboxWaiting: { name: 'manyhands_mailbox_waiting', help: 'Messages in the mailboxes not yet acknowledged.', labels: [] },
  deadLetters: {
    name: 'manyhands_dead_letters',
    help: 'Dead letters: messages and chunks that wait for an operator.',
    labels: [],
  },
  partitionsStuck: {
    name: 'manyhands_partitions_stuck',
    help: 'Mailbox partitions that are stuck: messages wait, and none is delivered.',
    labels: [],
  },
  httpRequest: {
    name: 'manyhands_http_request_duration_seconds',
    help: 'Time to answer a request.',
    labels: ['method', 'route', 'status'],
    buckets: seconds,
  },
  httpRefused: {
    name: 'manyhands_http_refused_total',
    help: 'Requests and connections refused before they reached a route, by reason.',
    labels: ['reason'],
  },
  httpConnections: {
    name: 'manyhands_http_connections',
    help: 'Open connections of clients, WebSockets among them.',
    labels: [],
  },
  storageWorks: {
    name: 'manyhands_storage_works',
    help: '1 while NATS stores what a gateway sends, 0 while NATS is not reachable or its disk is full.',
    labels: [],
  },
  watchers: { name: 'manyhands_watchers', help: 'Clients that receive live changes.', labels: ['transport'] },
  watchersBehind: {
    name: 'manyhands_watchers_behind',
    help: 'Watchers that read more slowly than changes are sent.',
    labels: ['transport'],
  },
  watcherHeld: {
    name: 'manyhands_watcher_held_bytes',
    help: 'Bytes held for the watcher that has most unread bytes.',
    labels: ['transport'],
  },
  watchersCut: {
    name: 'manyhands_watchers_cut_total',
    help: 'Watchers that were disconnected because they read nothing for too long.',
    labels: ['transport'],
  },
} as const satisfies Record<string, Metric>;

/** What coordinators count in their heartbeats, by the name they give it. */
export function coordinatorMetric(name: string): Metric & { labels: [] } {
  return {
    name: `manyhands_coordinator_${name}_total`,
    help: `Count of ${name.replaceAll('_', ' ')}, over all coordinators.`,
    labels: [],
  };
}

/** The labels of one metric, each of them required. */
export type LabelsOf<M extends Metric> = M['labels'][number];
