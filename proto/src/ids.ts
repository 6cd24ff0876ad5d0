/**
 * Names that travel in subjects and keys, and the one hash that maps a job to its mailbox partition.
 *
 * Invariant: no id holds a `.`, `*`, `>` or space, so an id can never widen a subject or a key to another tenant's.
 */
import { parse, v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

/** A job id: UUIDv7, so sorting ids sorts jobs by the time they were submitted. Ids are the same in any case, and are kept in lower case. */
export const JobId = z.uuid({ version: 'v7', error: 'must be a job id (a UUID)' }).toLowerCase();
/** A schedule id: UUIDv7 like a job's, so newer schedules sort later. */
export const ScheduleId = z.uuid({ version: 'v7', error: 'must be a schedule id (a UUID)' }).toLowerCase();
/** An input's id: UUIDv7 like a job's. */
export const InputId = z.uuid({ version: 'v7', error: 'must be an input id (a UUID)' }).toLowerCase();
/** A tenant: the owner of jobs; part of every key and event subject. */
export const Tenant = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"');
/** An account, and the tenant whose jobs are its own: UUIDv7 like a job's. */
export const UserId = z.uuid({ version: 'v7', error: 'must be a user id (a UUID)' }).toLowerCase();
/** A task kind's name. */
export const KindName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits or "-", starting with a letter');
/** A worker's id: unique for each process start. */
export const WorkerId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
/** A lease id: see `computeLeaseId` and `mergeLeaseId`. */
export const LeaseId = z.string().regex(/^[a-z0-9-]{1,64}$/);

/** What a job's timer is for. */
export const TIMER_NAMES = ['retry'] as const;
export const TimerName = z.enum(TIMER_NAMES);
export type TimerName = z.infer<typeof TimerName>;

/** Priority lanes, most urgent first. Weights set how many leases each lane gets when all three are full. */
export const LANES = ['high', 'normal', 'low'] as const;
export const Lane = z.enum(LANES);
export type Lane = z.infer<typeof Lane>;
export const LANE_WEIGHTS: Readonly<Record<Lane, number>> = { high: 6, normal: 3, low: 1 };

type OpenQueue = Lane | `${Lane}-young`;
/**
 * Where leases wait: in each lane those of young jobs apart from the others, because they overtake them. Apart from both those whose code may run inside bubblewrap alone:
 * a worker without it asks for none of them.
 */
export type WorkQueue = OpenQueue | `${OpenQueue}-confined`;
/** Those of every kind. */
export const WORK_QUEUES: readonly WorkQueue[] = LANES.flatMap((lane): WorkQueue[] => [`${lane}-young`, lane]);

interface QueueOf {
  lane: Lane;
  young?: boolean | undefined;
  confined?: boolean | undefined;
}

export function workQueueOf({ lane, young = false, confined = false }: QueueOf): WorkQueue {
  const queue = young ? (`${lane}-young` as const) : lane;
  return confined ? `${queue}-confined` : queue;
}

/** The lane a queue belongs to; undefined when there is no such queue. */
export function laneOfQueue(queue: string): Lane | undefined {
  return LANES.find((lane) => [lane, `${lane}-young`].includes(queue.replace(/-confined$/, '')));
}

/** The tenant everything runs as while there are no accounts. */
export const LOCAL_TENANT = 'local';

/** Whose jobs those are that are submitted without an account. No account has it as its id. */
export const DEMO_TENANT = 'demo';

/** Fixed number of mailbox partitions. Changing it needs an empty MAILBOX. */
export const PARTITION_COUNT = 16;

export function newJobId(): string {
  return uuidv7();
}

export function newInputId(): string {
  return uuidv7();
}

export function newScheduleId(): string {
  return uuidv7();
}

export function newUserId(): string {
  return uuidv7();
}

/**
 * Id of the job that one run of a schedule makes: the same whenever and wherever it is asked for, so a run that comes twice makes one job.
 *
 * `occurrence` names the run among all runs of the schedule, `atMs` is when it was due: the part by which ids sort.
 */
export function scheduledJobId(scheduleId: string, occurrence: string, atMs: number): string {
  const hash = parse(uuidv5(occurrence, scheduleId));
  const seq = new DataView(hash.buffer, hash.byteOffset).getUint32(0);
  return uuidv7({ msecs: atMs, seq, random: hash });
}

/** Id of the input that is a copy of what a job left: the same whenever it is copied. `version` is another one after each requeue. */
export function copiedInputId(jobId: string, version: string): string {
  return scheduledJobId(jobId, version, Number.parseInt(jobId.replaceAll('-', '').slice(0, 12), 16));
}

/** Partition of a job, `00`…`15`: FNV-1a over the id's characters, modulo the partition count. */
export function partitionOf(jobId: string): string {
  return partitionName(fnv1a(jobId) % PARTITION_COUNT);
}

export function partitionName(index: number): string {
  return index.toString().padStart(2, '0');
}

export const PARTITIONS: readonly string[] = Array.from({ length: PARTITION_COUNT }, (_, index) => partitionName(index));

/**
 * Id of the lease on the span `[begin, end)` at one attempt.
 *
 * The id *is* the span, so two owners that plan the same span publish the same lease, and its one result subject serves
 * both. A retry raises the attempt, which makes it another lease with another result subject.
 */
export function computeLeaseId(begin: number, end: number, attempt: number): string {
  return `${begin}-${end}-${attempt}`;
}

/** The span and attempt that the id of a compute lease states, also of a second lease; undefined for any other. */
export function parseComputeLeaseId(lease: string): { begin: number; end: number; attempt: number } | undefined {
  const [, begin, end, attempt] = /^(\d{1,15})-(\d{1,15})-(\d{1,15})(?:-copy)?$/.exec(lease) ?? [];
  if (begin === undefined || Number(end) <= Number(begin)) return undefined;
  return { begin: Number(begin), end: Number(end), attempt: Number(attempt) };
}

/** Id of the second lease on the span of a straggler: the same work, with a result subject of its own. */
export function copyLeaseId(lease: string): string {
  return `${lease}-copy`;
}

/** Attempts of one round: a job that is requeued counts on from the next multiple, so each of its lease ids is new. */
export const ROUND_ATTEMPTS = 16;

/** The round an attempt belongs to, and the runs of the chunk before it in that round. */
export function roundOf(attempt: number): number {
  return Math.floor(attempt / ROUND_ATTEMPTS);
}

export function runOf(attempt: number): number {
  return attempt % ROUND_ATTEMPTS;
}

/** Id of the lease that merges these partials: a hash of its inputs in order, so equal work has an equal id. */
export function mergeLeaseId(inputs: readonly string[], attempt: number): string {
  return `m-${inputs.length}-${hash64(inputs.join(' '))}-${attempt}`;
}

/**
 * 64 bits of a text, as 16 hexadecimal digits.
 *
 * Two lanes of 32 bits, each with its own turn and multiplier, which take bits from each other at the end. (Twice the same 32-bit hash, once of the text with
 * something behind it, has 32 bits only: two texts that agree in the first agree in the second.) Source: after cyrb53 by bryc, public domain, with a turn in each step
 * so that high bits come down too; multipliers and final mix of MurmurHash3.
 */
function hash64(text: string): string {
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    one = Math.imul(((one << 5) | (one >>> 27)) ^ code, 2_654_435_761);
    other = Math.imul(((other << 13) | (other >>> 19)) ^ code, 1_597_334_677);
  }
  const mixedOne = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(other ^ (other >>> 13), 3_266_489_909);
  const mixedOther = Math.imul(other ^ (other >>> 16), 2_246_822_507) ^ Math.imul(mixedOne ^ (mixedOne >>> 13), 3_266_489_909);
  return [mixedOther, mixedOne].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** 32-bit FNV-1a. Source: the FNV reference parameters (offset basis 0x811c9dc5, prime 0x01000193). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
