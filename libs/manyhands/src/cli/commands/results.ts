/** `manyhands results`: what a job has computed: its lines in the order of the items, or its one answer. */
import type { ResultsFormat } from '@manyhands/sdk';
import type { Command } from 'commander';
import { jobIdOf } from '../jobs/job-id.ts';
import { printResults } from '../jobs/print-results.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { format } = command.opts<{ format?: ResultsFormat }>();
  const { client, world } = session;
  const jobId = await jobIdOf(command.args[0] ?? '-', session, world.interrupt);
  const view = await client.get(jobId, { signal: world.interrupt });
  await printResults(session, view, format);
  if (view.failed_chunks > 0)
    session.note(`${view.failed_chunks.toLocaleString('en')} failed, and are not among these: manyhands failures ${jobId}`);
}
