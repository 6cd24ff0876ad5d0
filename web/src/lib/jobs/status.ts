/** The states of a job as the dashboard needs them. Own copies of two short lists of proto, so that zod stays out of the page. */
import type { JobStatus, JobView, Lane } from '@manyhands/proto';

const finals = { pending: false, running: false, paused: false, completed: true, failed: true, cancelled: true } satisfies Record<
  JobStatus,
  boolean
>;

export const jobStatuses = Object.keys(finals) as JobStatus[];

const lanesInOrder = { high: 'High', normal: 'Normal', low: 'Low' } satisfies Record<Lane, string>;
export const lanes = Object.keys(lanesInOrder) as Lane[];
export const laneNames: Readonly<Record<Lane, string>> = lanesInOrder;

export const statusNames: Readonly<Record<JobStatus, string>> = {
  pending: 'Pending',
  running: 'Running',
  paused: 'Paused',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** Whether a job in this state can still change. */
export function isFinal(status: JobStatus): boolean {
  return finals[status];
}

/** How many of the jobs counted by status can still change. */
export function openJobsOf(counts: Readonly<Record<string, number>>): number {
  return jobStatuses.filter((status) => !isFinal(status)).reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}

export function isJobStatus(text: string | null): text is JobStatus {
  return text !== null && Object.hasOwn(finals, text);
}

/** How a job stands, for people: one that completed without some of its chunks is no plain success. */
export type Standing = JobStatus | 'gaps';

export function standingOf({ status, failed_chunks: dead }: Pick<JobView, 'status' | 'failed_chunks'>): Standing {
  return status === 'completed' && dead > 0 ? 'gaps' : status;
}

export const standingNames: Readonly<Record<Standing, string>> = { ...statusNames, gaps: 'Completed with gaps' };

/** Share of the chunks that are done or under way, without the dead ones. */
export function doneShare({
  progress,
  failed_chunks: dead,
  total_chunks: total,
}: Pick<JobView, 'progress' | 'failed_chunks' | 'total_chunks'>): number {
  return Math.max(0, progress - deadShare(dead, total));
}

/** Share of the chunks that are dead; a job may have no chunks at all. */
export function deadShare(dead: number, total: number): number {
  return total === 0 ? 0 : dead / total;
}
