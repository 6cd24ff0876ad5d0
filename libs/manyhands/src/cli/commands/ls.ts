/** `manyhands ls`: jobs, newest first. */
import type { JobStatus, JobView } from '@manyhands/proto';
import type { Command } from 'commander';
import { tagOf, wholeNumber } from '../jobs/submission.ts';
import { age } from '../print/table.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const { status, kind, tag, limit } = command.opts<{ status?: JobStatus; kind?: string; tag?: string; limit: string }>();
  const wanted = wholeNumber('--limit', limit);
  const jobs: JobView[] = [];
  if (wanted > 0)
    for await (const job of session.client.each(
      { status, kind, tag: tag && tagOf(tag).join('='), limit: Math.min(wanted, 200) },
      { signal: session.world.interrupt },
    )) {
      jobs.push(job);
      if (jobs.length === wanted) break;
    }
  if (session.json) return session.printJson(jobs);
  const nowMs = Date.now();
  await session.printTable(
    ['JOB', 'KIND', 'STATUS', 'DONE', 'FAILED', 'CHUNKS', 'AGE'],
    jobs.map((job) => [
      job.job_id,
      job.kind,
      job.status,
      `${Math.floor(job.progress * 100)} %`,
      String(job.failed_chunks),
      String(job.total_chunks),
      age(job.created_at, nowMs),
    ]),
    'There are no such jobs.',
  );
}
