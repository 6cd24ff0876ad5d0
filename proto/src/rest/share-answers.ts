/** What the REST API answers about share links, and to who reads a job by one; part of `ANSWERS`. */
import { z } from 'zod';
import { limits } from '../limits.ts';
import { JobView } from '../messages/job-view.ts';

const at = z.iso.datetime();

const ShareView = z.object({ share_id: z.string(), created_at: at, expires_at: at });

export const SHARE_ANSWERS = {
  ShareList: z.object({ shares: z.array(ShareView).describe('Those that are good, newest first.') }),
  ShareCreated: ShareView.extend({
    token: z.string().describe('Lets who has it read the job. It is shown once: only its hash is stored.'),
    path: z.string().describe('Of the page that shows the job, below the address of this system: `/share/<token>`.'),
  }),
  /** What of a job is public by a link. Invariant: nothing that names its tenant, its input, its schedule, its tags, or a machine. */
  SharedJob: JobView.pick({
    kind: true,
    params: true,
    status: true,
    progress: true,
    completed_chunks: true,
    failed_chunks: true,
    total_chunks: true,
    detail: true,
    error: true,
    created_at: true,
    started_at: true,
    finished_at: true,
    duration_sec: true,
    rate: true,
    eta_sec: true,
    duplicate_results: true,
    retries: true,
    round: true,
    chunks: true,
    output: true,
  }).extend({
    expires_at: at.describe('When the link ends.'),
    workers: z.array(z.int().min(0)).describe('Chunks counted by each worker that took part, the most first.'),
    result_bytes: z
      .int()
      .min(0)
      .nullable()
      .describe('Of the result as JSON, or of all lines that the job left. Null: there is none (yet).'),
    result_part: z
      .string()
      .nullable()
      .describe(
        `The beginning of a result, or of lines, that \`result\` does not have: ${limits.sharedPartBytesMax} bytes at most. Null: \`result\` is all there is, or it is kept no longer.`,
      ),
    result: JobView.shape.result.describe(
      `The answer, once completed: any JSON value of at most ${limits.sharedResultBytesMax} bytes as JSON.`,
    ),
  }),
} as const;
