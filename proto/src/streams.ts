/**
 * Every stream: its name, subjects, limits and reason, as plain data. `libs/broker` provisions from this table and
 * refuses to start on a server whose streams differ from it. How large each may grow follows from one rate: `capacity.ts`.
 *
 * Invariant: a full stream refuses new messages (`discard: new`) instead of dropping old ones, and the refusal reaches
 * the user as 503. The exceptions are SCHEDULES and TIMERS: nats-server 2.15 refuses `discard: new` on a stream that holds schedules,
 * so the gateway refuses new schedules long before that is full (`limits.scheduleBytesMax`), and new jobs long before TIMERS is. And what no
 * work may wait for: ADVISORIES, since what is in it can be found out without it, and EVENTS, LOGS and ANSWERED, since they are history: the newest is worth more
 * than the oldest.
 */
import { limitBytes, LOADS } from './capacity.ts';
import { limits } from './limits.ts';
import { advisorySubjects, answeredSubjects, artifactSubjects, logSubjects, timerSubjects } from './subjects.ts';

export interface StreamSpec {
  name: string;
  description: string;
  subjects: readonly string[];
  retention: 'limits' | 'workqueue';
  /** At the usual storage; `MANYHANDS_STORAGE_GB` changes all in proportion. */
  maxBytes: number;
  /** Milliseconds; 0 keeps messages until they are consumed. */
  maxAgeMs: number;
  /** Whether several messages may be stored with one answer: all or nothing (atomic batch), or one after the other (fast ingest). */
  batches: boolean;
  /** Milliseconds within which an equal message id is stored once. An optimisation: the table dies with the server. */
  duplicateWindowMs: number;
  /** Whether messages may carry a schedule, a life time of their own, and one message at most is kept per subject. */
  schedules?: true;
  /** Whether it drops the oldest when full, instead of refusing the newest. Streams that hold schedules always do. */
  dropsOldest?: true;
  /** Whether any replica may answer what is read by subject: right where each subject is written once. */
  direct?: true;
  /** Whether `maxAgeMs` follows the configured retention instead; see `retention.ts`. */
  retained?: true;
  /** Messages of one subject; then the oldest of that subject leave. */
  perSubjectMax?: number;
  /** Copies messages of another stream of ours into this one, under another subject. */
  source?: { stream: string; from: string; to: string };
}

const hour = 3_600_000;

export const STREAMS = {
  mailbox: {
    name: 'MAILBOX',
    description: 'Commands and results, one subject per job and lease: the journal job actors replay.',
    subjects: ['job.>'],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.mailbox),
    maxAgeMs: 24 * hour,
    retained: true,
    batches: true,
    duplicateWindowMs: 120_000,
    source: { stream: 'TIMERS', ...timerSubjects.intoMailbox },
  },
  timers: {
    name: 'TIMERS',
    description: 'Timers of jobs, held by the server until they are due; MAILBOX sources the due ones.',
    subjects: ['timer.>'],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.timers),
    maxAgeMs: 0,
    batches: false,
    duplicateWindowMs: 120_000,
    schedules: true,
  },
  work: {
    name: 'WORK',
    description: 'Leases waiting for a slot; a lease leaves when its result is stored.',
    subjects: ['work.>'],
    retention: 'workqueue',
    maxBytes: limitBytes(LOADS.work),
    maxAgeMs: 0,
    batches: true,
    duplicateWindowMs: 120_000,
  },
  advisories: {
    name: 'ADVISORIES',
    description: 'Notices of the server that it delivers a lease no more; coordinators reclaim those leases.',
    subjects: [advisorySubjects.maxDeliveries, advisorySubjects.terminated],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.advisories),
    maxAgeMs: 7 * 24 * hour,
    batches: false,
    duplicateWindowMs: 120_000,
    dropsOldest: true,
  },
  events: {
    name: 'EVENTS',
    description: 'How each job ended; metrics writes it to SQL history.',
    subjects: ['event.>'],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.events),
    maxAgeMs: 7 * 24 * hour,
    batches: true,
    duplicateWindowMs: 120_000,
    dropsOldest: true,
  },
  dead: {
    name: 'DEAD',
    description: 'Dead letters: messages and chunks with their history, for an operator to decide.',
    subjects: ['dead.>'],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.dead),
    maxAgeMs: 30 * 24 * hour,
    batches: false,
    duplicateWindowMs: 120_000,
  },
  artifacts: {
    name: 'ARTIFACTS',
    description:
      'Parts of what is too large for a message: the inputs of jobs, and what jobs leave. Bucket artifacts states which parts make one.',
    subjects: [artifactSubjects.all],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.artifacts),
    maxAgeMs: 14 * 24 * hour,
    batches: true,
    duplicateWindowMs: 120_000,
    direct: true,
  },
  logs: {
    name: 'LOGS',
    description: 'What the task code of jobs logged, one message a line; the oldest lines of a job leave when it has too many.',
    subjects: [logSubjects.all],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.logs),
    // No job is kept longer than that (`RETENTION_HOURS`).
    maxAgeMs: 7 * 24 * hour,
    batches: true,
    duplicateWindowMs: 120_000,
    dropsOldest: true,
    perSubjectMax: limits.logLinesPerJobMax,
  },
  answered: {
    name: 'ANSWERED',
    description: 'What became of the leases of jobs, in pages: which slot had which chunks, and when.',
    subjects: [answeredSubjects.all],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.answered),
    // No job is kept longer than that (`RETENTION_HOURS`).
    maxAgeMs: 7 * 24 * hour,
    batches: true,
    duplicateWindowMs: 120_000,
    dropsOldest: true,
    perSubjectMax: 1,
  },
  schedules: {
    name: 'SCHEDULES',
    description: 'Each schedule, held by the server until it is due, and its last run.',
    subjects: ['schedule.>'],
    retention: 'limits',
    maxBytes: limitBytes(LOADS.schedules),
    maxAgeMs: 0,
    batches: false,
    duplicateWindowMs: 120_000,
    schedules: true,
  },
} as const satisfies Record<string, StreamSpec>;

export type StreamKey = keyof typeof STREAMS;

/** Durable consumers by name. Their delivery settings live with the code that consumes. */
export const consumers = {
  /** One per mailbox partition on MAILBOX; pinned to one coordinator. */
  partition: (partition: string) => `partition-${partition}`,
  /** One per kind and queue on WORK; shared by all workers of the kind. */
  queue: (kind: string, queue: string) => `${kind}_${queue}`,
  /** On EVENTS: writes finished jobs to SQL. */
  history: 'history',
  /** On SCHEDULES: submits what is due; shared by all coordinators. */
  dueSchedules: 'due',
  /** On ADVISORIES: answers for exhausted leases; shared by all coordinators. */
  reclaim: 'reclaim',
} as const;

/** Priority group of the partition consumers. */
export const OWNER_GROUP = 'owner';
