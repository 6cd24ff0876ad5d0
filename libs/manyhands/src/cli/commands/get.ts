/** `manyhands get`: a job as it is now. */
import type { JobView } from '@manyhands/proto';
import { duration } from '@manyhands/observe/progress';
import type { Command } from 'commander';
import { exactView } from '../jobs/exact-answer.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { plain } from '../print/table.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, command: Command): Promise<void> {
  const jobId = await jobIdOf(command.args[0] ?? '-', session, session.world.interrupt);
  const view = await exactView(session, await session.client.get(jobId, { signal: session.world.interrupt }));
  if (session.json) return session.printJson(view);
  await session.printTable([], describe(view), '');
}

function describe(view: JobView): [string, string][] {
  const text = (value: unknown): string => plain(typeof value === 'string' ? value : JSON.stringify(value));
  const rows: [string, string | null][] = [
    ['job', view.job_id],
    ['kind', view.kind],
    ['status', view.status],
    ['detail', view.detail],
    ['error', view.error && `${view.error.code}: ${view.error.message}`],
    ['params', text(view.params)],
    ['priority', view.priority],
    ['progress', `${Math.floor(view.progress * 100)} %`],
    ['chunks', `${view.completed_chunks} done, ${view.failed_chunks} failed, of ${view.total_chunks}`],
    ['retries', String(view.retries)],
    ['round', view.round === undefined ? null : String(view.round)],
    ['rate', view.rate === null ? null : `${view.rate.toPrecision(3)} chunks a second`],
    ['left', view.eta_sec === null ? null : duration(view.eta_sec)],
    ['created', view.created_at],
    ['started', view.started_at],
    ['finished', view.finished_at],
    ['took', view.duration_sec === null ? null : duration(view.duration_sec)],
    [
      'workers',
      Object.entries(view.workers)
        .map(([worker, chunks]) => `${worker} ${chunks}`)
        .join(', ') || null,
    ],
    ['result', view.status === 'completed' ? text(view.result) : null],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}
