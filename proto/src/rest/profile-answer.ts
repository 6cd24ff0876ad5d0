/** What `GET /v1/jobs/{id}/profile` answers. */
import { z } from 'zod';
import { JobId, WorkerId } from '../ids.ts';
import { TimePart } from '../messages/job-timing.ts';
import { JobStatus } from '../messages/job-view.ts';

/** What costs a job most of its time. */
const SLOW_CAUSES = [
  'none',
  'queued',
  'no_worker',
  'few_slots',
  'shared_slots',
  'at_once',
  'few_chunks',
  'skewed_chunks',
  'small_chunks',
  'merging',
  'pacing',
  'retrying',
  'unanswered',
  'stopped',
] as const;

const seconds = z.number().min(0);

export const JobProfile = z.object({
  job_id: JobId,
  status: JobStatus,
  measured_sec: seconds.describe('From its submission to its end, or until now. The parts add up to it.'),
  parts: z
    .array(z.object({ part: TimePart, sec: seconds, what: z.string().describe('The part as a few words.') }))
    .describe('Where the time went; at any moment the job is in one part. The longest first; parts of no time are left out.'),
  cause: z.enum(SLOW_CAUSES).describe('What costs it most.'),
  advice: z.string().describe('One sentence: what costs it most, and what to do.'),
  saved_by_slot_sec: seconds.describe('About how much sooner it would have been over with one further slot.'),
  slots: z.object({
    live: z.int().min(0).describe('Most live slots for its kind at a time.'),
    used: z.int().min(0).describe('How many of them computed it at the same time, at most.'),
    busy_sec: seconds.describe('What all of them together were busy with it.'),
  }),
  chunk_sec: z
    .object({ median: seconds, p95: seconds, longest: seconds })
    .nullable()
    .describe('How long its chunks took, each as long as its lease divided by the chunks of it. Null: none is computed.'),
  stragglers: z
    .array(
      z.object({
        begin: z.int().min(0),
        end: z.int().min(1).describe('The first chunk after them.'),
        worker: WorkerId,
        slot: z.int().min(0),
        began_sec: seconds.describe('After the submission.'),
        took_sec: seconds,
        times_median: seconds.describe('How many times as long as the median a chunk of it took.'),
      }),
    )
    .describe('The leases that took longest.'),
  timeline: z.object({
    stretch_sec: seconds.describe('How long one entry of `busy` is.'),
    rows: z.array(
      z.object({
        worker: WorkerId.describe('`others`: all slots for which there was no row left.'),
        slot: z.int().min(0),
        slots: z.int().min(1).describe('How many slots the row is of.'),
        busy_sec: seconds,
        chunks: z.int().min(0),
        busy: z.array(z.number().min(0).max(1)).describe('How much of each stretch from the submission on it was busy.'),
      }),
    ),
  }),
});
