/** How a job ended, as a sentence and as an exit code. Pure. */
import { isByItem, type JobView } from '@manyhands/proto';
import { duration } from '@manyhands/observe/progress';
import { EXIT } from '../exit.ts';
import { plain } from '../print/table.ts';

export function exitOfJob(view: JobView | undefined, allowFailures = false): number {
  if (view?.status !== 'completed') return EXIT.failed;
  return view.failed_chunks > 0 && !allowFailures ? EXIT.withFailures : EXIT.completed;
}

export function outcomeOf(view: JobView | undefined, jobId: string): string {
  if (!view) return `The job is over and not kept any more. "manyhands ls" lists the jobs that are.`;
  const what = isByItem(view.input) ? 'item' : 'chunk';
  const took = view.duration_sec === null ? '' : ` in ${duration(view.duration_sec)}`;
  const done = `${view.completed_chunks.toLocaleString('en')} ${what}${view.completed_chunks === 1 ? '' : 's'} done`;
  const failed = view.failed_chunks === 0 ? '' : `, ${view.failed_chunks.toLocaleString('en')} failed`;
  const advice =
    view.failed_chunks === 0
      ? ''
      : `\n  which and why: manyhands failures ${jobId}\n  try them again: manyhands requeue ${jobId}`;
  if (view.status === 'completed') return `${done}${failed}${took}${advice}`;
  const why = plain(view.error?.message ?? view.detail ?? '');
  return `The job ${view.status === 'cancelled' ? 'was cancelled' : view.status}${took}: ${done}${failed}${why === '' ? '' : `. ${why}`}${advice}`;
}

/** Printed when a command ends before its job: by Ctrl-C, a time limit or `--detach`. */
export function goesOn(jobId: string): string {
  return `The job goes on: ${jobId}\n  follow it: manyhands watch ${jobId}\n  cancel it: manyhands cancel ${jobId}`;
}
