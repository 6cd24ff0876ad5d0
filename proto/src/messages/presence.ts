/** Who is there and what they can do: values of the buckets workers, coordinators and kinds. */
import { z } from 'zod';
import { JobId, KindName, LeaseId, WorkerId } from '../ids.ts';
import { limits } from '../limits.ts';
import { InputForm } from './artifact.ts';
import { JobOutput, JsonObject, timeLimits } from './job-commands.ts';

/** Bucket workers: written every few seconds by each worker. */
export const WorkerHeartbeat = z.object({
  v: z.literal(1),
  type: z.literal('WorkerHeartbeat'),
  worker: WorkerId,
  host: z.string(),
  pid: z.int(),
  kinds: z.array(KindName),
  /** All of them, those of `kind_slots` too. */
  slots: z.int().min(1),
  /** Slots that only one kind has: those of kinds with `concurrency`. The other kinds share the rest. */
  kind_slots: z.record(KindName, z.int().min(1)).optional(),
  /** Which build of its kinds it runs: the fingerprint of each, by name. Two of one kind among live workers give answers that may differ. */
  builds: z.record(KindName, z.string().max(64)).optional(),
  /** Sandboxed kinds that run here without bubblewrap. */
  unconfined: z.array(KindName).optional(),
  busy_slots: z.int().min(0),
  /** Of `kind_slots`, those that are busy; kinds without one are left out. */
  busy_kind_slots: z.record(KindName, z.int().min(1)).optional(),
  /** What the busy slots compute. */
  leases: z.array(
    z.object({
      job_id: JobId,
      lease: LeaseId,
      kind: KindName,
      /** Which slot has it, and since when by the worker's clock. */
      slot: z.int().min(0).optional(),
      began_at: z.iso.datetime().optional(),
    }),
  ),
  /** Counts since the worker started. */
  leases_done: z.int().min(0),
  chunks_done: z.int().min(0),
  chunks_failed: z.int().min(0),
  memory_mb: z.number(),
  started_at: z.iso.datetime(),
  beat_at: z.iso.datetime(),
  /** It takes no more leases. It has nothing left to do once no slot is busy. */
  draining: z.boolean(),
  /** Of Manyhands, as `major.minor.patch`. */
  release: z.string().max(32).optional(),
});
export type WorkerHeartbeat = z.infer<typeof WorkerHeartbeat>;

/** Orders one worker to take no more leases: it ends those it has, and stays until its process is ended. Core subject: the heartbeat shows whether the worker received it. */
export const DrainWorker = z.object({ v: z.literal(1), type: z.literal('DrainWorker'), worker: WorkerId });
export type DrainWorker = z.infer<typeof DrainWorker>;

/** Bucket coordinators. */
export const CoordinatorHeartbeat = z.object({
  v: z.literal(1),
  type: z.literal('CoordinatorHeartbeat'),
  coordinator: z.string(),
  host: z.string(),
  pid: z.int(),
  started_at: z.iso.datetime(),
  /** When it was written, by its own clock. */
  beat_at: z.iso.datetime().optional(),
  /** Partitions of its share that are stuck though messages wait in them. */
  stuck: z.array(z.object({ partition: z.string(), for_sec: z.number().min(0), why: z.string() })).optional(),
  /** What was found missing, changed or paused of that which NATS holds for us; still listed for some seconds after it is mended. */
  troubles: z.array(z.object({ what: z.string(), problem: z.string(), since: z.string(), mended: z.boolean() })).optional(),
  /** What happened since it started and should not happen often, by name. */
  counts: z.record(z.string(), z.number()).optional(),
});
export type CoordinatorHeartbeat = z.infer<typeof CoordinatorHeartbeat>;

/** Bucket kinds: what workers can compute. `params_schema` is JSON Schema (draft 2020-12) of an object. */
export const KindRegistration = z.object({
  v: z.literal(1),
  type: z.literal('KindRegistration'),
  kind: KindName,
  title: z.string(),
  description: z.string(),
  params_schema: JsonObject,
  /** Parameters that work, for forms and docs. */
  example: JsonObject,
  /** Chunks used when the user names none. */
  default_chunks: z.int().min(1),
  /** What its chunks are cut from: `items` takes a record a chunk (or `batch` of them) whatever form they are sent in; the forms take a stored part. */
  input: z
    .object({
      form: z.enum(['items', ...InputForm.options]),
      /** JSON Schema of one record. */
      schema: JsonObject.optional(),
      batch: z.int().min(1).max(limits.inputBatchMax).optional(),
    })
    .optional(),
  /** What becomes of what its chunks return; absent: merged in any order. */
  output: JobOutput.optional(),
  /** The answer when there are no chunks. */
  empty: z.unknown().optional(),
  /** Its answer goes through `finish`. */
  finish: z.literal(true).optional(),
  /** Chunks that wait at once in one thread; absent: a thread each. */
  concurrency: z.int().min(1).max(limits.concurrencyMax).optional(),
  /** It runs only in the sandbox: what a job sends is code. */
  sandboxed: z.literal(true).optional(),
  /** The kind is this version of the task whose name is left when `-v<version>` is taken off `kind`. Absent: 1. */
  version: z.int().min(1).optional(),
  /** What a job gets unless it sets another. */
  defaults: z.object({ max_attempts: z.int().min(1).max(limits.attemptsMaxMax).optional(), ...timeLimits }).optional(),
  /** The package that the kind is part of, as `name@version`. */
  project: z.string().max(256).optional(),
  /** Differs between two builds of one kind: a hash of its module. */
  fingerprint: z.string().max(64).optional(),
  registered_at: z.iso.datetime().optional(),
});
export type KindRegistration = z.infer<typeof KindRegistration>;
