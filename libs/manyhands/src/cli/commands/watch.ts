/** `manyhands watch`: the progress of a job to its end. With `--json` each state is a line of JSON on standard output. */
import type { JobView } from '@manyhands/proto';
import type { Command } from 'commander';
import { exactView } from '../jobs/exact-answer.ts';
import { followJob } from '../jobs/follow.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { exitOfJob, outcomeOf } from '../jobs/outcome.ts';
import { readTimeLimit } from '../jobs/time-limit.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { timeout, allowFailures } = command.opts<{ timeout?: string; allowFailures?: boolean }>();
  const timeoutMs = timeout === undefined ? undefined : readTimeLimit(timeout);
  const jobId = await jobIdOf(command.args[0] ?? '-', session, session.world.interrupt);
  const each = session.json
    ? async (view: JobView) => session.print(`${JSON.stringify(await exactView(session, view))}\n`)
    : undefined;
  const following = await followJob(session, jobId, { timeoutMs, each });
  if (!following.ended) return;
  session.note(outcomeOf(following.view, jobId));
  session.exitCode = exitOfJob(following.view, allowFailures);
}
