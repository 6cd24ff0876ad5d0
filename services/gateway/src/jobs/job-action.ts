/** What can be asked of many jobs at once, and of which of them. Pure. */
import { isFinal } from '@manyhands/proto';
import type { JobDigest } from '../mirror/job-digest.ts';

export const JOB_ACTIONS = ['cancel', 'pause', 'resume', 'requeue', 'delete'] as const;
export type JobAction = (typeof JOB_ACTIONS)[number];

/** Whether it would change a job in this state. Each action makes this false by what it does, so asking again changes nothing twice. */
export function isOpenTo(action: JobAction, { status, failed_chunks: failed = 0 }: JobDigest): boolean {
  if (action === 'cancel') return !isFinal(status);
  if (action === 'pause') return status === 'pending' || status === 'running';
  if (action === 'resume') return status === 'paused';
  if (action === 'delete') return isFinal(status);
  return status === 'failed' || (failed > 0 && status !== 'cancelled');
}
