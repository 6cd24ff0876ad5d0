/** The job that a zoom submits: like the one on the page, with other parameters. And what its page shows until its first tiles come. */
import type { JobView } from '@manyhands/proto';
import type { MandelbrotParams } from '@manyhands/proto/mandelbrot';
import { submit } from '../api.ts';
import { againAddress, againOf } from '../jobs/run-again.ts';
import type { SubmissionKey } from '../jobs/submission-key.ts';
import { tryingOf } from '../jobs/trying.ts';
import type { Preview } from './frame.ts';

interface Handover {
  preview: Preview;
  /** Whether the keyboard was on the picture. */
  focused: boolean;
}

let handover: (Handover & { jobId: string }) | null = null;

/** The id of the job. Rejects with `ApiProblem`. */
export async function submitNext(job: JobView, params: MandelbrotParams, key: SubmissionKey): Promise<string> {
  const { trying, priority } = againOf(new URLSearchParams(againAddress(job).split('?')[1]));
  const submission = {
    kind: job.kind,
    params: { ...params },
    chunks: job.total_chunks,
    priority,
    ...tryingOf(trying, 'fail'),
  };
  const submitted = await submit(submission, key.of(submission));
  return (submitted as { job_id: string }).job_id;
}

export function handOver(jobId: string, given: Handover): void {
  handover = { ...given, jobId };
}

/** What was left for the page of this job; once. */
export function takeOver(jobId: string): Handover | null {
  const taken = handover?.jobId === jobId ? handover : null;
  handover = null;
  return taken;
}
