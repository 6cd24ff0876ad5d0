/** Puts together what the operations page sees once a second. Pure. */
import type { QueueReport } from './report-queues.ts';
import { LANES, type JobStatus, type QueueStats } from '@manyhands/proto';

export interface QueueFacts {
  atMs: number;
  report: QueueReport;
  jobs: Record<JobStatus, number>;
  chunksPerSec: number;
  /** Since metrics started. */
  jobsFinished: number;
}

export function composeQueueStats({ atMs, report, jobs, chunksPerSec, jobsFinished }: QueueFacts): QueueStats {
  return {
    v: 1,
    type: 'QueueStats',
    at: new Date(atMs).toISOString(),
    queues: [...report.lanes].sort((a, b) => a.kind.localeCompare(b.kind) || LANES.indexOf(a.lane) - LANES.indexOf(b.lane)),
    mailbox_waiting: report.mailboxWaiting,
    dead_letters: report.deadLetters,
    jobs,
    chunks_per_sec: Math.round(chunksPerSec * 10) / 10,
    jobs_finished: jobsFinished,
  };
}
