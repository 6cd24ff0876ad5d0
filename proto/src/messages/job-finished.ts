/** Step finish: a job reached its final state; one per job, read by metrics into SQL history. */
import { z } from 'zod';
import { JobView } from './job-view.ts';

/** The final view without the parts only a live page needs. */
export const JobFinished = z.object({
  v: z.literal(1),
  type: z.literal('JobFinished'),
  job: JobView.omit({ chunks: true, rate: true, eta_sec: true }),
});
export type JobFinished = z.infer<typeof JobFinished>;
