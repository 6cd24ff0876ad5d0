/** `manyhands share`: a link that shows a job to who has no account; `--list` and `--revoke` are about those that are good. */
import type { Command } from 'commander';
import { usage } from '../exit.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { wholeNumber } from '../jobs/submission.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { hours, list = false, revoke } = command.opts<{ hours?: string; list?: boolean; revoke?: string }>();
  if ([hours !== undefined, list, revoke !== undefined].filter(Boolean).length > 1)
    throw usage('Give only one of --hours, --list and --revoke.');
  const lives = hours === undefined ? {} : { expires_in_hours: wholeNumber('--hours', hours) };
  const { client, world } = session;
  const given = { signal: world.interrupt };
  const jobId = await jobIdOf(command.args[0] ?? '-', session, world.interrupt);
  if (revoke !== undefined) {
    await client.revokeShare(jobId, revoke, given);
    session.note(`${revoke} is revoked`);
    if (session.json) await session.printJson({ share_id: revoke });
    return;
  }
  if (list) {
    const shares = await client.shares(jobId, given);
    if (session.json) return session.printJson(shares);
    return session.printTable(
      ['LINK', 'MADE', 'ENDS'],
      shares.map(({ share_id, created_at, expires_at }) => [share_id, created_at, expires_at]),
      'The job has no share links.',
    );
  }
  const created = await client.share(jobId, lives, given);
  const url = session.system.url.replace(/(?<!\/)\/+$/, '') + created.path;
  if (session.json) return session.printJson({ ...created, url });
  await session.print(`${url}\n`);
  session.note(
    `Who has this address sees the job until ${created.expires_at}, without an account. It ends at once by: manyhands share ${jobId} --revoke ${created.share_id}`,
  );
}
