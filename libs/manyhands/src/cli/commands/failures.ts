/** `manyhands failures`: which items failed, and why. */
import type { FailureLine } from '@manyhands/sdk';
import type { Command } from 'commander';
import { jobIdOf } from '../jobs/job-id.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { client, world } = session;
  const jobId = await jobIdOf(command.args[0] ?? '-', session, world.interrupt);
  const failures = client.failures(jobId, { signal: world.interrupt });
  if (!session.json && !world.stdout.isTTY) {
    for await (const failure of failures) await session.print(`${JSON.stringify(failure)}\n`);
    return;
  }
  const all: FailureLine[] = [];
  for await (const failure of failures) all.push(failure);
  if (session.json) return session.printJson(all);
  await session.printTable(
    ['INDEX', 'ATTEMPTS', 'ERROR', 'ITEM'],
    all.map(({ index, attempts, error, item }) => [
      String(index),
      String(attempts),
      error.message,
      item === undefined ? '-' : JSON.stringify(item),
    ]),
    'Nothing failed.',
  );
  if (all.length > 0) session.note(`Try them again: manyhands requeue ${jobId}`);
}
