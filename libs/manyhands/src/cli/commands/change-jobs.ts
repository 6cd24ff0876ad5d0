/** `manyhands cancel`, `pause`, `resume`, `requeue` and `delete`: of jobs that are named, or of all that fit a filter, after a question. */
import { isFinal, type JobStatus } from '@manyhands/proto';
import { ApiProblem } from '@manyhands/sdk';
import type { Command } from 'commander';
import { endingOf, EXIT, usage } from '../exit.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { tagOf } from '../jobs/submission.ts';
import { confirm } from '../print/confirm.ts';
import type { Session } from '../session.ts';

type Change = 'cancel' | 'pause' | 'resume' | 'requeue' | 'delete';
const done: Record<Change, string> = {
  cancel: 'is cancelled',
  pause: 'is paused',
  resume: 'goes on',
  requeue: 'runs its dead chunks again',
  delete: 'is deleted',
};

export async function run(session: Session, command: Command): Promise<void> {
  const change = command.name() as Change;
  const { status, kind, tag, yes } = command.opts<{ status?: JobStatus; kind?: string; tag?: string; yes?: boolean }>();
  const jobIds = await chosen(session, change, command.args, { status, kind, tag: tag && tagOf(tag).join('=') });
  if (command.args.length === 0) {
    if (jobIds.length === 0) return session.note('No job fits.');
    const question = `${change} ${jobIds.length} job${jobIds.length === 1 ? '' : 's'}?`;
    if (!yes && !(await confirm(session.world, question))) return session.note('Nothing is changed.');
  }
  const changed: { job_id: string; round?: number; error?: string }[] = [];
  for (const jobId of jobIds) {
    try {
      const answer = await session.client[change === 'delete' ? 'deleteJob' : change](jobId, { signal: session.world.interrupt });
      changed.push({ job_id: jobId, ...(answer && { round: answer.round }) });
      session.note(`${jobId} ${done[change]}`);
    } catch (error) {
      // What one job refuses keeps no other from the change.
      if (!(error instanceof ApiProblem) || (error.status !== 404 && error.status !== 409)) throw error;
      const { text } = endingOf(error, session.urlAsked);
      changed.push({ job_id: jobId, error: text });
      session.note(`${jobId}: ${text}`);
      session.exitCode = EXIT.failed;
    }
  }
  if (session.json) await session.printJson(changed);
}

/** Of those that fit a filter only jobs that are over are deleted. */
async function chosen(
  session: Session,
  change: Change,
  typed: readonly string[],
  filter: { status: JobStatus | undefined; kind: string | undefined; tag: string | undefined },
): Promise<string[]> {
  const { interrupt } = session.world;
  const isFiltered = filter.status !== undefined || filter.kind !== undefined || filter.tag !== undefined;
  if (typed.length > 0 && isFiltered) throw usage('Name jobs, or choose them with --status, --kind and --tag; not both.');
  if (typed.length === 0 && !isFiltered) throw usage('Name the jobs, or choose them with --status, --kind or --tag.');
  const jobIds: string[] = [];
  for (const each of typed) jobIds.push(await jobIdOf(each, session, interrupt));
  if (isFiltered)
    for await (const { job_id: id, status } of session.client.each({ ...filter, limit: 200 }, { signal: interrupt }))
      if (change !== 'delete' || isFinal(status)) jobIds.push(id);
  return [...new Set(jobIds)];
}
