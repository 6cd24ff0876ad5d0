/**
 * Step fold: what became of the leases of a job, for people: which slot had which chunks, when, and how it ended. In stream ANSWERED under
 * `answered.<tenant>.<job>.<page>`, a page a message, so that the newest page can be stored again with what came since.
 *
 * Invariant: no job waits for this and nothing is decided by it. A job keeps its newest `limits.leasesKeptMax` answered leases; a coordinator that was killed may have left
 * the last half second of them out.
 */
import { z } from 'zod';
import { JobId, KindName, WorkerId } from '../ids.ts';
import { limits } from '../limits.ts';
import { LEASE_OUTCOMES } from '../answered-leases.ts';

const whole = z.int().min(0);

/** A lease as the API lists it; a merge has no chunks. */
export const AnsweredLease = z.object({
  op: z.enum(['compute', 'merge']),
  begin: whole,
  end: whole.describe('The first chunk after them.'),
  attempt: z.int().min(1).describe('Which run of its chunks it was, from 1.'),
  worker: WorkerId,
  slot: whole,
  from_ms: whole.describe('When it began, in milliseconds since the submission.'),
  took_ms: whole,
  outcome: z
    .enum(LEASE_OUTCOMES)
    .describe(
      '`computed`: all its chunks are done · `failed`: some failed (`failed_chunks`) · `returned`: some were not begun, because it made room or was ended · `lost`: it came to nothing · `ignored`: its chunks were done already.',
    ),
  failed_chunks: whole,
});

/** `[op, begin, end, attempt, worker, slot, from_ms, took_ms, outcome, failed_chunks]`, where op, worker and outcome are places in lists. */
export const PackedLease = z.tuple([
  z.int().min(0).max(1),
  whole,
  whole,
  z.int().min(1),
  whole,
  whole,
  whole,
  whole,
  whole,
  whole,
]);

/** One page. */
export const AnsweredLeases = z.object({
  v: z.literal(1),
  type: z.literal('AnsweredLeases'),
  job_id: JobId,
  /** Of the job: `from_ms` counts from `submitted_at`. Absent in pages of earlier releases. */
  kind: KindName.optional(),
  submitted_at: z.iso.datetime().optional(),
  /** How many leases of the job were answered before these. */
  first: whole,
  /** Sequence in MAILBOX of the last answer in it: what is at or before it is not written twice. */
  through: whole,
  workers: z.array(WorkerId),
  leases: z.array(PackedLease).max(limits.leasesPageMax),
});
export type AnsweredLeases = z.infer<typeof AnsweredLeases>;
