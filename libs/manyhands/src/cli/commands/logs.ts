/** `manyhands logs`: what the task code of a job logged; with `--follow` each line as it comes. */
import { LogLevel } from '@manyhands/proto';
import type { JobLogLine } from '@manyhands/sdk';
import type { Command } from 'commander';
import { jobIdOf } from '../jobs/job-id.ts';
import { plain } from '../print/table.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { follow = false, level, worker } = command.opts<{ follow?: boolean; level?: LogLevel; worker?: string }>();
  const { client, world } = session;
  const jobId = await jobIdOf(command.args[0] ?? '-', session, world.interrupt);
  const lines = client.logs(jobId, { follow, level, worker, signal: world.interrupt });
  if (session.json && !follow) {
    const all: JobLogLine[] = [];
    for await (const line of lines) all.push(line);
    return session.printJson(all);
  }
  for await (const line of lines) await session.print(`${session.json ? JSON.stringify(line) : textOf(line)}\n`);
}

function textOf({ at, level, chunk, message, fields }: JobLogLine): string {
  const place = chunk === undefined ? '' : ` [${chunk}]`;
  const more = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
  return plain(`${at} ${level.padEnd(5)}${place} ${message}${more}`);
}
