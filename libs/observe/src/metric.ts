/**
 * Every metric there is: its name, type, meaning and labels, written once. docs/operations/metrics.md is made from it.
 *
 * Invariant: names begin with `manyhands_` and end with their unit, counters with `_total`; every label is one of `LABELS`, none of which holds an id, so the
 * number of series does not grow with the number of jobs.
 */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly Label[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  readonly buckets?: readonly number[];
}

/** What each label can be, and why that is not many. */
export const LABELS = {
  kind: 'a task kind that workers registered; after the first 200 of them, `other`',
  lane: '`high`, `normal`, `low`',
  status: 'of a job: `pending`, `running`, `paused`, `completed`, `failed`, `cancelled`; of a request: its HTTP status',
  state: '`busy`, `free`',
  method: 'of HTTP',
  route: 'the pattern of a route, as `/v1/jobs/:id`, never the path',
  reason: 'one of a fixed list',
  transport: '`websocket`, `sse`',
  service:
    '`gateway`, `coordinator`, `compute`, `metrics`; every series states which service exposes it, where nothing else is meant',
  store: 'a stream or bucket on NATS, of the fixed list of ours',
  when_full: '`refuses` new messages, `drops` the oldest',
  of: 'whose clock: `gateway`, `coordinator`, `worker`, `metrics`',
} as const;
type Label = keyof typeof LABELS;

const seconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

const clockDifference = {
  name: 'manyhands_clock_difference_seconds',
  type: 'gauge',
  help: 'How far a clock is from that of NATS: of the processes of one sort, the one that is furthest. The way of the message counts in, which is milliseconds on a quiet machine.',
  labels: ['of'],
} as const;

/** What the metrics service knows of the system. A gateway's `/metrics` has it, too. */
const OF_SYSTEM = {
  jobs: { name: 'manyhands_jobs', type: 'gauge', help: 'Stored jobs, by status.', labels: ['status'] },
  jobsFinished: {
    name: 'manyhands_jobs_finished_total',
    type: 'counter',
    help: 'Jobs that ended, by how they ended.',
    labels: ['kind', 'status'],
  },
  jobDuration: {
    name: 'manyhands_job_duration_seconds',
    type: 'histogram',
    help: 'Time from submit to finish.',
    labels: ['kind', 'status'],
    buckets: seconds,
  },
  chunksDone: {
    name: 'manyhands_chunks_done_total',
    type: 'counter',
    help: 'Done chunks of finished jobs.',
    labels: ['kind'],
  },
  chunksFailed: {
    name: 'manyhands_chunks_failed_total',
    type: 'counter',
    help: 'Dead chunks of finished jobs.',
    labels: ['kind'],
  },
  chunksComputed: {
    name: 'manyhands_chunks_computed_total',
    type: 'counter',
    help: 'Chunks that workers computed, each run of a chunk counted, as of their heartbeats.',
    labels: [],
  },
  chunksLeft: {
    name: 'manyhands_chunks_left',
    type: 'gauge',
    help: 'Chunks of pending and running jobs that are not computed yet: what a fleet of workers is sized by.',
    labels: ['kind'],
  },
  workers: { name: 'manyhands_workers', type: 'gauge', help: 'Live workers.', labels: [] },
  coordinators: { name: 'manyhands_coordinators', type: 'gauge', help: 'Live coordinators.', labels: [] },
  slots: { name: 'manyhands_slots', type: 'gauge', help: 'Slots of the live workers.', labels: ['state'] },
  kindSlots: {
    name: 'manyhands_kind_slots',
    type: 'gauge',
    help: 'Slots that may compute a kind, of live workers that do not drain. A slot of several kinds counts for each; a kind that no worker computes has no series.',
    labels: ['kind'],
  },
  leasesWaiting: {
    name: 'manyhands_leases_waiting',
    type: 'gauge',
    help: 'Leases waiting for a slot.',
    labels: ['kind', 'lane'],
  },
  leasesInFlight: {
    name: 'manyhands_leases_in_flight',
    type: 'gauge',
    help: 'Leases handed to a slot and not settled.',
    labels: ['kind', 'lane'],
  },
  leasesRedelivered: {
    name: 'manyhands_leases_redelivered',
    type: 'gauge',
    help: 'Unsettled leases delivered more than once.',
    labels: ['kind', 'lane'],
  },
  mailboxWaiting: {
    name: 'manyhands_mailbox_waiting',
    type: 'gauge',
    help: 'Messages in the mailboxes not yet acknowledged.',
    labels: [],
  },
  deadLetters: {
    name: 'manyhands_dead_letters',
    type: 'gauge',
    help: 'Dead letters: messages and chunks that wait for an operator.',
    labels: [],
  },
  partitionsStuck: {
    name: 'manyhands_partitions_stuck',
    type: 'gauge',
    help: 'Mailbox partitions that are stuck: messages wait, and none is delivered.',
    labels: [],
  },
  partitionsUnowned: {
    name: 'manyhands_partitions_unowned',
    type: 'gauge',
    help: 'Mailbox partitions in which messages wait and which no coordinator owns. Not 0 for a moment when the first message comes, and while coordinators start and stop.',
    labels: [],
  },
  storedBytes: {
    name: 'manyhands_stored_bytes',
    type: 'gauge',
    help: 'Bytes in a stream or bucket, read every ten seconds.',
    labels: ['store', 'when_full'],
  },
  storedLimit: {
    name: 'manyhands_stored_limit_bytes',
    type: 'gauge',
    help: 'Bytes that a stream or bucket may hold.',
    labels: ['store', 'when_full'],
  },
  diskFree: {
    name: 'manyhands_disk_free_bytes',
    type: 'gauge',
    help: 'Free bytes of the disk that MANYHANDS_HOME of the metrics service is on: of history, and with `npm start` of NATS, too.',
    labels: [],
  },
  diskSize: { name: 'manyhands_disk_size_bytes', type: 'gauge', help: 'Bytes of that disk.', labels: [] },
  clockDifference,
} as const satisfies Record<string, Metric>;

/** What each gateway knows of itself. */
const OF_GATEWAY = {
  httpRequest: {
    name: 'manyhands_http_request_duration_seconds',
    type: 'histogram',
    help: 'Time to answer a request.',
    labels: ['method', 'route', 'status'],
    buckets: seconds,
  },
  httpRefused: {
    name: 'manyhands_http_refused_total',
    type: 'counter',
    help: 'Requests and connections refused before they reached a route, by reason.',
    labels: ['reason'],
  },
  httpConnections: {
    name: 'manyhands_http_connections',
    type: 'gauge',
    help: 'Open connections of clients, WebSockets among them.',
    labels: [],
  },
  storageWorks: {
    name: 'manyhands_storage_works',
    type: 'gauge',
    help: '1 while NATS stores what a gateway sends, 0 while NATS is not reachable or its disk is full.',
    labels: [],
  },
  watchers: {
    name: 'manyhands_watchers',
    type: 'gauge',
    help: 'Clients that receive live changes.',
    labels: ['transport'],
  },
  watchersBehind: {
    name: 'manyhands_watchers_behind',
    type: 'gauge',
    help: 'Watchers that read more slowly than changes are sent.',
    labels: ['transport'],
  },
  watcherHeld: {
    name: 'manyhands_watcher_held_bytes',
    type: 'gauge',
    help: 'Bytes held for the watcher that has most unread bytes.',
    labels: ['transport'],
  },
  watchersCut: {
    name: 'manyhands_watchers_cut_total',
    type: 'counter',
    help: 'Watchers that were disconnected because they read nothing for too long.',
    labels: ['transport'],
  },
  clockDifference,
} as const satisfies Record<string, Metric>;

/** What each compute process knows of itself. */
const OF_COMPUTE = {
  outsideRequests: {
    name: 'manyhands_outside_requests_total',
    type: 'counter',
    help: 'Requests that jobs of the kinds `http` and `scrape` asked this process for, by what became of them: `answered`, `failed`, `refused` by the rules, `held` back by a breaker.',
    labels: ['kind', 'reason'],
  },
  outsideBreakersOpen: {
    name: 'manyhands_outside_breakers_open',
    type: 'gauge',
    help: 'Hosts that this process sends nothing to for now, because many requests in a row failed; counted for each job apart.',
    labels: ['kind'],
  },
  outsideBreakersOpened: {
    name: 'manyhands_outside_breakers_opened_total',
    type: 'counter',
    help: 'How often the breaker of a host opened.',
    labels: ['kind'],
  },
} as const satisfies Record<string, Metric>;

export const METRICS = { ...OF_SYSTEM, ...OF_GATEWAY, ...OF_COMPUTE } as const satisfies Record<string, Metric>;

/** Which metrics which service exposes, beside those of its process. */
export const EXPOSED: Readonly<Record<'gateway' | 'compute' | 'metrics', readonly Metric[]>> = {
  gateway: Object.values(OF_GATEWAY),
  compute: Object.values(OF_COMPUTE),
  metrics: Object.values(OF_SYSTEM),
};

/** What coordinators count in their heartbeats, by the name they give it: none of it should happen often. */
export const COORDINATOR_COUNTS = {
  jobs_quarantined: 'Jobs set aside because a step of theirs failed on every try.',
  job_steps_retried: 'Steps of a job that failed and were tried again.',
  jobs_rebuilt: 'Jobs that nothing was under way for, found and put right.',
  long_turns: 'Turns of a job that took longer than any should.',
  assets_mended: 'Streams, buckets and consumers that were removed, changed or paused by hand, and corrected.',
} as const;
export type CoordinatorCount = keyof typeof COORDINATOR_COUNTS;

/** The metric of such a count. A newer coordinator may count what this release has no words for. */
export function coordinatorMetric(name: string): Metric & { type: 'counter'; labels: [] } {
  const known = (COORDINATOR_COUNTS as Readonly<Record<string, string>>)[name];
  return {
    name: `manyhands_coordinator_${name}_total`,
    type: 'counter',
    help: known ?? `Count of ${name.replaceAll('_', ' ')}, over all coordinators.`,
    labels: [],
  };
}

/** The labels of one metric, each of them required. */
export type LabelsOf<M extends Metric> = M['labels'][number];
