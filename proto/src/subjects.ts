/**
 * Builds and parses every subject and every key: the only file that spells one.
 *
 * The words of a subject are the step names of `flow.ts`; ids in them are checked by `ids.ts` before they get here.
 */
import { partitionOf, type TimerName, type WorkQueue } from './ids.ts';

/** A job's mailbox: commands and results, in stream MAILBOX, read partition by partition. */
export const mailboxSubjects = {
  submit: (jobId: string) => `job.${partitionOf(jobId)}.${jobId}.submit`,
  /** One per round. */
  cancel: (jobId: string, round = 0) =>
    round === 0 ? `job.${partitionOf(jobId)}.${jobId}.cancel` : `job.${partitionOf(jobId)}.${jobId}.cancel.${round}`,
  pause: (jobId: string) => `job.${partitionOf(jobId)}.${jobId}.pause`,
  resume: (jobId: string) => `job.${partitionOf(jobId)}.${jobId}.resume`,
  /** One per round, so that of two requeues at once one counts. */
  requeue: (jobId: string, round: number) => `job.${partitionOf(jobId)}.${jobId}.requeue.${round}`,
  result: (jobId: string, leaseId: string) => `job.${partitionOf(jobId)}.${jobId}.result.${leaseId}`,
  /** Where the timer `name` of a job rings: copied here from TIMERS by the server. */
  timer: (jobId: string, name: TimerName) => `job.${partitionOf(jobId)}.${jobId}.timer.${name}`,
  /** Everything one job ever received. */
  ofJob: (jobId: string) => `job.${partitionOf(jobId)}.${jobId}.>`,
  ofPartition: (partition: string) => `job.${partition}.>`,
  /** The submissions in a partition. */
  submitsOf: (partition: string) => `job.${partition}.*.submit`,
} as const;

/**
 * Timers, in stream TIMERS. A timer is a message the server holds until its time; then it stores a copy under the due subject, and MAILBOX
 * sources those. One subject per job and timer: setting a timer again moves it.
 */
export const timerSubjects = {
  set: (jobId: string, name: TimerName) => `timer.set.${partitionOf(jobId)}.${jobId}.${name}`,
  due: (jobId: string, name: TimerName) => `timer.due.${partitionOf(jobId)}.${jobId}.${name}`,
  /** Everything about one job's timers. */
  ofJob: (jobId: string) => `timer.*.*.${jobId}.*`,
  /** How the server turns a due subject into a mailbox subject. */
  intoMailbox: { from: 'timer.due.*.*.*', to: 'job.{{wildcard(1)}}.{{wildcard(2)}}.timer.{{wildcard(3)}}' },
} as const;

/** Leases waiting for a slot, in stream WORK. */
export const workSubjects = {
  lease: (kind: string, queue: WorkQueue, jobId: string) => `work.${kind}.${queue}.${jobId}`,
  ofQueue: (kind: string, queue: WorkQueue) => `work.${kind}.${queue}.*`,
  ofJob: (jobId: string) => `work.*.*.${jobId}`,
  ofKind: (kind: string) => `work.${kind}.*.*`,
  all: 'work.>',
} as const;

/** What the server itself publishes about the consumers of WORK, in stream ADVISORIES; the last word is the consumer. */
export const advisorySubjects = {
  /** A lease was handed out as often as its consumer does, and is left where it is. */
  maxDeliveries: '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.>',
  /** A lease was removed by hand. */
  terminated: '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.WORK.>',
  all: '$JS.EVENT.ADVISORY.CONSUMER.*.WORK.>',
} as const;

/** What became of a job, in stream EVENTS. */
export const eventSubjects = {
  /** A job that was requeued ends once more in each round. */
  finished: (tenant: string, jobId: string, round = 0) =>
    round === 0 ? `event.${tenant}.${jobId}.finished` : `event.${tenant}.${jobId}.finished.${round}`,
  /** Of all rounds of a job. */
  finishedOfJob: (tenant: string, jobId: string) => `event.${tenant}.${jobId}.>`,
  allFinished: 'event.>',
} as const;

/** What a schedule is, when it rings, that it is due, what it did last and that it was deleted, in stream SCHEDULES: at most one message under each. */
export const scheduleSubjects = {
  /** The schedule itself (`Schedule`). One that runs once fires while it carries the server's schedule header, and leaves by that; one that repeats stays, and its alarm fires. */
  timer: (tenant: string, scheduleId: string) => `schedule.timer.${tenant}.${scheduleId}`,
  timersOf: (tenant: string) => `schedule.timer.${tenant}.*`,
  /** The next run of a schedule that repeats, held by the server until it is due. None while it is paused. */
  alarm: (tenant: string, scheduleId: string) => `schedule.alarm.${tenant}.${scheduleId}`,
  /** A run that is due: the server's copy of the schedule. */
  due: (tenant: string, scheduleId: string) => `schedule.due.${tenant}.${scheduleId}`,
  allDue: 'schedule.due.*.*',
  /** What became of the newest run (`ScheduleRan`). */
  ran: (tenant: string, scheduleId: string) => `schedule.ran.${tenant}.${scheduleId}`,
  ranOf: (tenant: string) => `schedule.ran.${tenant}.*`,
  /** It was deleted: nothing of it is stored any more. Beside `ofSchedule`, so that it stays when the rest goes. */
  gone: (scheduleId: string) => `schedule.gone.${scheduleId}`,
  /** The account of a tenant is disabled: its schedules make no jobs. */
  halted: (tenant: string) => `schedule.halted.${tenant}`,
  /** Everything there is of one schedule. */
  ofSchedule: (tenant: string, scheduleId: string) => `schedule.*.${tenant}.${scheduleId}`,
  /** Everything there is of all of them, but for the marks of those that were deleted or are halted. */
  all: 'schedule.*.*.*',
} as const;

/** Messages set aside for a person, in stream DEAD. */
export const deadSubjects = {
  /** A mailbox message that could not be decoded or whose turn kept failing. */
  mailbox: (jobId: string) => `dead.mailbox.${jobId}`,
  /** Chunks that used up their attempts in this round of their job; `chunk` is the first of the span, which is nearly always one chunk. */
  chunk: (tenant: string, jobId: string, round: number, chunk: number) => `dead.chunk.${tenant}.${jobId}.${round}.${chunk}`,
  allChunks: 'dead.chunk.>',
  /** Of every tenant, of one job or of all. */
  ofAllTenants: (jobId?: string) => (jobId === undefined ? 'dead.chunk.>' : `dead.chunk.*.${jobId}.>`),
  chunksOf: (tenant: string) => `dead.chunk.${tenant}.>`,
  chunksOfJob: (tenant: string, jobId: string) => `dead.chunk.${tenant}.${jobId}.>`,
  chunksOfRound: (tenant: string, jobId: string, round: number) => `dead.chunk.${tenant}.${jobId}.${round}.*`,
} as const;

/** Parts of what is too large for a message, in stream ARTIFACTS; `owner` is the input or the job. */
export const artifactSubjects = {
  /** Part of a stored object, from 0. */
  part: (tenant: string, owner: string, name: string, part: number) => `artifact.${tenant}.${owner}.${name}.${part}`,
  /** All parts of a stored object. */
  object: (tenant: string, owner: string, name: string) => `artifact.${tenant}.${owner}.${name}.*`,
  /** That a job has a file of this name, once all parts of it are stored; a base64url name, since a dot parts a subject. */
  file: (tenant: string, jobId: string, name: string) =>
    `artifact.${tenant}.${jobId}.${btoa(name).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.file`,
  filesOf: (tenant: string, jobId: string) => `artifact.${tenant}.${jobId}.*.file`,
  /** Everything of one owner. */
  ofOwner: (tenant: string, owner: string) => `artifact.${tenant}.${owner}.>`,
  all: 'artifact.>',
  /** All parts of all inputs. */
  allInputs: 'artifact.*.*.in.*',
} as const;

/** What task code logged, in stream LOGS (`LogLine`). */
export const logSubjects = {
  ofJob: (tenant: string, jobId: string) => `log.${tenant}.${jobId}`,
  all: 'log.>',
} as const;

/** What became of the leases of a job, in stream ANSWERED (`AnsweredLeases`); the pages of a job are a ring, and the newest of each page is kept. */
export const answeredSubjects = {
  page: (tenant: string, jobId: string, page: number) => `answered.${tenant}.${jobId}.${page}`,
  ofJob: (tenant: string, jobId: string) => `answered.${tenant}.${jobId}.*`,
  /** What a client of the bridge calls them. */
  nameOf: (tenant: string, jobId: string) => `answered.${tenant}.${jobId}`,
  all: 'answered.>',
} as const;

/** Core subjects: received by the subscribers of the moment, never stored. */
export const coreSubjects = {
  /** Live progress of a running lease (`LeaseProgress`), at most 10 a second per lease. */
  live: (jobId: string) => `live.${partitionOf(jobId)}.${jobId}`,
  liveOfPartition: (partition: string) => `live.${partition}.*`,
  /** Orders workers to stop computing a job (`CancelLeases`). */
  cancelLeases: 'control.cancel',
  /** Orders one worker to take no more leases (`DrainWorker`). */
  drainWorker: (workerId: string) => `control.drain.${workerId}`,
  drainAnyWorker: 'control.drain.*',
  /** Request and reply: removes a job that is over (`DeleteJob`, `JobDeletion`), answered by a coordinator. */
  deleteJob: 'control.delete',
  /** Request and reply: the system's Prometheus text, answered by metrics. */
  queryMetrics: 'query.metrics',
  /** Request and reply: one page of finished jobs (`QueryHistory`, `HistoryPage`), answered by metrics. */
  queryHistory: 'query.history',
  /** Request and reply: how many jobs of a tenant ended, and how (`QueryStatistics`, `FinishedStatistics`), answered by metrics. */
  queryStatistics: 'query.statistics',
  /** Request and reply: how the finished jobs of each day went (`QueryTrends`, `JobTrends`), answered by metrics. */
  queryTrends: 'query.trends',
  /** Request and reply: all that is kept of one job (`QueryKeptJob`, `KeptJob`), answered by metrics. */
  queryKept: 'query.kept',
} as const;

/** Keys in the KV buckets of `buckets.ts`. */
export const keys = {
  job: (tenant: string, jobId: string) => `${tenant}.${jobId}`,
  jobsOf: (tenant: string) => `${tenant}.*`,
  jobState: (jobId: string) => jobId,
  worker: (workerId: string) => workerId,
  kind: (kind: string) => kind,
  coordinator: (coordinatorId: string) => coordinatorId,
  artifact: (tenant: string, owner: string) => `${tenant}.${owner}`,
  /** That a job was submitted with an input, beside the input's record. */
  inputUse: (tenant: string, inputId: string, jobId: string) => `${tenant}.${inputId}.${jobId}`,
  usesOfInput: (tenant: string, inputId: string) => `${tenant}.${inputId}.*`,
  queues: 'queues',
  /** `encoded`: what the task code calls its rate, in base64url; a key of KV may hold only some characters. */
  pace: (encoded: string) => encoded,
  /** In bucket idempotency, beside no tenant: written to find out whether NATS stores. */
  storageProbe: 'storage',
  /** `hash`: hexadecimal hash of what the user sent as `Idempotency-Key`. */
  idempotency: (tenant: string, hash: string) => `${tenant}.${hash}`,
  user: (userId: string) => `user.${userId}`,
  /** `hash`: hexadecimal hash of what names an account: its address, or its id at another provider. */
  userName: (hash: string) => `name.${hash}`,
  session: (sessionId: string) => `session.${sessionId}`,
  apiKey: (keyId: string) => `key.${keyId}`,
  signingKey: (keyId: string) => `signing.${keyId}`,
  /** `hash`: hexadecimal hash of the secret in it. */
  signInLink: (hash: string) => `link.${hash}`,
  ticket: (hash: string) => `ticket.${hash}`,
  share: (shareId: string) => `share.${shareId}`,
  firstAdmin: 'first-admin',
  /** `hash`: of the user or the address. */
  limit: (limit: string, hash: string) => `${limit}.${hash}`,
} as const;

/** A mailbox subject taken apart, or undefined when it is none. */
export interface MailboxAddress {
  partition: string;
  jobId: string;
  /** `submit`, `cancel`, `pause`, `resume`, `requeue`, `result` or `timer`. */
  what: string;
  /** Only on results: the lease; on timers: the name; on requeues: the round. */
  id?: string;
}

export function parseMailboxSubject(subject: string): MailboxAddress | undefined {
  const [head, partition, jobId, what, id, ...rest] = subject.split('.');
  if (head !== 'job' || !partition || !jobId || !what || rest.length > 0) return undefined;
  return id === undefined ? { partition, jobId, what } : { partition, jobId, what, id };
}

export interface WorkAddress {
  kind: string;
  queue: string;
  jobId: string;
}

export function parseWorkSubject(subject: string): WorkAddress | undefined {
  const [head, kind, queue, jobId, ...rest] = subject.split('.');
  if (head !== 'work' || !kind || !queue || !jobId || rest.length > 0) return undefined;
  return { kind, queue, jobId };
}

/** The subject of a dead chunk taken apart. */
export function parseDeadChunkSubject(
  subject: string,
): { tenant: string; jobId: string; round: number; chunk: number } | undefined {
  const [head, what, tenant, jobId, round, chunk, ...rest] = subject.split('.');
  if (head !== 'dead' || what !== 'chunk' || !tenant || !jobId || !round || !chunk || rest.length > 0) return undefined;
  return { tenant, jobId, round: Number(round), chunk: Number(chunk) };
}

/** What the bytes of an input are called; no object of a job is. */
export const INPUT_OBJECT = 'in';

/** Whose part it is, and of which object. */
export function parseArtifactSubject(subject: string): { tenant: string; owner: string; name: string } | undefined {
  const [head, tenant, owner, name, part, ...rest] = subject.split('.');
  if (head !== 'artifact' || !tenant || !owner || !name || !part || rest.length > 0) return undefined;
  return { tenant, owner, name };
}

/** A key of the `jobs` bucket taken apart. */
export function parseJobKey(key: string): { tenant: string; jobId: string } | undefined {
  const [tenant, jobId, ...rest] = key.split('.');
  if (!tenant || !jobId || rest.length > 0) return undefined;
  return { tenant, jobId };
}
