/** `manyhands run`: submits a job, follows it and prints its result. */
import type { Command } from 'commander';
import { exactView } from '../jobs/exact-answer.ts';
import { followJob } from '../jobs/follow.ts';
import { exitOfJob, outcomeOf } from '../jobs/outcome.ts';
import { printResults } from '../jobs/print-results.ts';
import { settingsOfJob, type SubmissionOptions } from '../jobs/submission.ts';
import { readTimeLimit } from '../jobs/time-limit.ts';
import { jobParams } from '../params/job-params.ts';
import { findKind } from '../params/kind-choice.ts';
import type { Session } from '../session.ts';

interface Options extends SubmissionOptions {
  chunks?: string;
  params?: string;
  detach?: boolean;
  timeout?: string;
  allowFailures?: boolean;
  key?: string;
}

export async function run(session: Session, command: Command): Promise<void> {
  const options = command.opts<Options>();
  const [name = '', ...tokens] = command.args;
  const timeoutMs = options.timeout === undefined ? undefined : readTimeLimit(options.timeout);
  const settings = settingsOfJob(options);
  const { client, world } = session;
  const kind = await findKind(client, name, world.interrupt);
  const accepted = await client.submit(
    { kind: name, params: jobParams(kind, options.params, tokens, world.cwd), ...settings },
    { idempotencyKey: options.key, signal: world.interrupt },
  );
  const { job_id: jobId } = accepted;
  session.remember(jobId);
  if (options.detach) {
    await (session.json ? session.printJson(accepted) : session.print(`${jobId}\n`));
    return;
  }
  session.note(`${name}: job ${jobId}`);
  const following = await followJob(session, jobId, { timeoutMs });
  if (!following.ended) return;
  const { view } = following;
  session.note(outcomeOf(view, jobId));
  if (session.json && view) await session.printJson(await exactView(session, view));
  else if (view?.status === 'completed') await printResults(session, view);
  session.exitCode = exitOfJob(view, options.allowFailures);
}
