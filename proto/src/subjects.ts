/**
 * Builds and parses every subject and every key: the only file that spells one.
 *
 * The words of a subject are the step names of `flow.ts`; ids in them are checked by `ids.ts` before they get here.
 */
import { partitionOf, type Lane } from './ids.ts';

/** A job's mailbox: commands and results, in stream MAILBOX, read partition by partition. */
export const mailboxSubjects = {
  submit: (jobId: string) => `job.${partitionOf(jobId)}.${jobId}.submit`,
  cancel: (jobId: string) => `job.${partitionOf(jobId)}.${jobId}.cancel`,
  result: (jobId: string, leaseId: string) => `job.${partitionOf(jobId)}.${jobId}.result.${leaseId}`,
  /** Everything one job ever received. */
  ofJob: (jobId: string) => `job.${partitionOf(jobId)}.${jobId}.>`,
  ofPartition: (partition: string) => `job.${partition}.>`,
} as const;

/** Leases waiting for a slot, in stream WORK. */
export const workSubjects = {
  lease: (kind: string, lane: Lane, jobId: string) => `work.${kind}.${lane}.${jobId}`,
  ofLane: (kind: string, lane: Lane) => `work.${kind}.${lane}.*`,
  ofJob: (jobId: string) => `work.*.*.${jobId}`,
} as const;

/** What became of a job, in stream EVENTS. */
export const eventSubjects = {
  finished: (tenant: string, jobId: string) => `event.${tenant}.${jobId}.finished`,
  allFinished: 'event.*.*.finished',
} as const;

/** What a schedule is, when it is due and what it did last, in stream SCHEDULES: at most one message under each. */
export const scheduleSubjects = {
  /** The schedule itself (`Schedule`). While it carries the server's schedule header it fires; without, it is paused. */
  timer: (tenant: string, scheduleId: string) => `schedule.timer.${tenant}.${scheduleId}`,
  timersOf: (tenant: string) => `schedule.timer.${tenant}.*`,
  /** A run that is due: the server's copy of the schedule. */
  due: (tenant: string, scheduleId: string) => `schedule.due.${tenant}.${scheduleId}`,
  allDue: 'schedule.due.*.*',
  /** What became of the newest run (`ScheduleRan`). */
  ran: (tenant: string, scheduleId: string) => `schedule.ran.${tenant}.${scheduleId}`,
  ranOf: (tenant: string) => `schedule.ran.${tenant}.*`,
  /** Everything there is of one schedule. */
  ofSchedule: (tenant: string, scheduleId: string) => `schedule.*.${tenant}.${scheduleId}`,
} as const;

/** Messages set aside for a person, in stream DEAD. */
export const deadSubjects = {
  /** A mailbox message that could not be decoded or whose turn kept failing. */
  mailbox: (jobId: string) => `dead.mailbox.${jobId}`,
} as const;

/** Core subjects: heard by whoever listens now, never stored. */
export const coreSubjects = {
  /** Live progress of a running lease (`LeaseProgress`), at most 10 a second per lease. */
  live: (jobId: string) => `live.${partitionOf(jobId)}.${jobId}`,
  liveOfPartition: (partition: string) => `live.${partition}.*`,
  /** Tells workers to stop computing a job (`CancelLeases`). */
  cancelLeases: 'control.cancel',
  /** Request and reply: the system's Prometheus text, answered by metrics. */
  queryMetrics: 'query.metrics',
} as const;

/** Keys in the KV buckets of `buckets.ts`. */
export const keys = {
  job: (tenant: string, jobId: string) => `${tenant}.${jobId}`,
  jobsOf: (tenant: string) => `${tenant}.*`,
  jobState: (jobId: string) => jobId,
  worker: (workerId: string) => workerId,
  kind: (kind: string) => kind,
  coordinator: (coordinatorId: string) => coordinatorId,
  queues: 'queues',
  /** `hash`: hexadecimal hash of what the user sent as `Idempotency-Key`. */
  idempotency: (tenant: string, hash: string) => `${tenant}.${hash}`,
} as const;

/** A mailbox subject taken apart, or undefined when it is none. */
export interface MailboxAddress {
  partition: string;
  jobId: string;
  /** `submit`, `cancel` or `result`. */
  what: string;
  /** Only on results. */
  leaseId?: string;
}

export function parseMailboxSubject(subject: string): MailboxAddress | undefined {
  const [head, partition, jobId, what, leaseId, ...rest] = subject.split('.');
  if (head !== 'job' || !partition || !jobId || !what || rest.length > 0) return undefined;
  return leaseId === undefined ? { partition, jobId, what } : { partition, jobId, what, leaseId };
}

export interface WorkAddress {
  kind: string;
  lane: string;
  jobId: string;
}

export function parseWorkSubject(subject: string): WorkAddress | undefined {
  const [head, kind, lane, jobId, ...rest] = subject.split('.');
  if (head !== 'work' || !kind || !lane || !jobId || rest.length > 0) return undefined;
  return { kind, lane, jobId };
}

/** A key of the `jobs` bucket taken apart. */
export function parseJobKey(key: string): { tenant: string; jobId: string } | undefined {
  const [tenant, jobId, ...rest] = key.split('.');
  if (!tenant || !jobId || rest.length > 0) return undefined;
  return { tenant, jobId };
}
