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
  jobs: { name: 'manyhands_jobs', help: 'Jobs kept, by status.', labels: ['status'] },
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
  chunksDone: { name: 'manyhands_chunks_done_total', help: 'Chunks of finished jobs that counted.', labels: ['kind'] },
  chunksFailed: { name: 'manyhands_chunks_failed_total', help: 'Chunks of finished jobs that were given up.', labels: ['kind'] },
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
  deadLetters: { name: 'manyhands_dead_letters', help: 'Messages set aside for a person.', labels: [] },
  partitionsStuck: {
    name: 'manyhands_partitions_stuck',
    help: 'Mailbox partitions that stand still though messages wait in them.',
    labels: [],
  },
  activations: { name: 'manyhands_activations', help: 'Actors in the memory of this coordinator.', labels: [] },
  turns: { name: 'manyhands_turns_total', help: 'Turns taken.', labels: [] },
  turnsFailed: { name: 'manyhands_turns_failed_total', help: 'Turns that threw.', labels: ['directive'] },
  snapshots: { name: 'manyhands_snapshots_total', help: 'Snapshots saved.', labels: [] },
  httpRequest: {
    name: 'manyhands_http_request_duration_seconds',
    help: 'Time to answer a request.',
    labels: ['method', 'route', 'status'],
    buckets: seconds,
  },
  httpRefused: {
    name: 'manyhands_http_refused_total',
    help: 'Requests and connections refused before any route saw them, by why.',
    labels: ['reason'],
  },
  httpConnections: {
    name: 'manyhands_http_connections',
    help: 'Open connections of clients, WebSockets among them.',
    labels: [],
  },
  storageWorks: {
    name: 'manyhands_storage_works',
    help: 'Whether NATS stores what a gateway sends: 0 while it is away or its disk is full.',
    labels: [],
  },
  watchers: { name: 'manyhands_watchers', help: 'Browsers and clients that watch live.', labels: ['transport'] },
  watchersBehind: {
    name: 'manyhands_watchers_behind',
    help: 'Of these, clients that do not take what they are sent as fast as it comes.',
    labels: ['transport'],
  },
  watcherHeld: {
    name: 'manyhands_watcher_held_bytes',
    help: 'Bytes held for the one client that most waits for.',
    labels: ['transport'],
  },
  watchersCut: {
    name: 'manyhands_watchers_cut_total',
    help: 'Clients ended because they took nothing for too long.',
    labels: ['transport'],
  },
} as const satisfies Record<string, Metric>;

/** What coordinators count in their heartbeats, by the name they give it. */
export function coordinatorMetric(name: string): Metric & { labels: [] } {
  return {
    name: `manyhands_coordinator_${name}_total`,
    help: `What coordinators counted as ${name.replaceAll('_', ' ')}.`,
    labels: [],
  };
}

/** The labels of one metric, each of them required. */
export type LabelsOf<M extends Metric> = M['labels'][number];
