/**
 * What can be asked of a job in its state, and why not when it cannot. Pure.
 *
 *   pending, running: pause, cancel      paused: resume, cancel      dead chunks, or failed: requeue
 */
import type { JobView } from '@manyhands/proto';
import { isFinal } from './status.ts';

export type JobCommand = 'pause' | 'resume' | 'requeue' | 'cancel';

export interface OfferedCommand {
  command: JobCommand;
  /** Why it cannot be asked for now; null when it can. */
  refusal: string | null;
}

type Known = Pick<JobView, 'status' | 'failed_chunks'>;

/** The commands to show, in the order of their buttons. `stored` is false for a job that has left the system, `past` true while what is shown may be old. */
export function commandsOf({ status, failed_chunks: dead }: Known, stored: boolean, past = false): OfferedCommand[] {
  const gone = past
    ? 'Nothing can be asked of the job until the connection is back.'
    : stored
      ? null
      : 'The job is no longer stored.';
  const offered: OfferedCommand[] = [];
  if (dead > 0 || status === 'failed') {
    offered.push({
      command: 'requeue',
      refusal: gone ?? (status === 'cancelled' ? 'A cancelled job is not requeued; run it again instead.' : null),
    });
  }
  if (status === 'paused') offered.push({ command: 'resume', refusal: gone });
  else if (!isFinal(status)) offered.push({ command: 'pause', refusal: gone });
  if (!isFinal(status)) offered.push({ command: 'cancel', refusal: gone });
  return offered;
}

/** Whether the view shows that a command was carried out, or that it no longer matters. */
export function isAnswered(
  command: JobCommand,
  asked: Pick<JobView, 'status' | 'round'>,
  now: Pick<JobView, 'status' | 'round'>,
): boolean {
  return now.status !== asked.status || (command === 'requeue' && now.round !== asked.round);
}
