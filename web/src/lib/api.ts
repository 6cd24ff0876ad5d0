/** The REST calls the dashboard makes. Every failure is thrown as an `ApiProblem`, also no answer at all. */
import type {
  DeadChunk,
  HistoryPage,
  JobStatus,
  JobView,
  KindRegistration,
  Lane,
  QueueStats,
  ScheduleView,
  SubmitJob,
} from '@manyhands/proto';
import { problemOf } from './api-problem.ts';

export type Kind = KindRegistration & { live_workers: number };

export interface JobPage {
  jobs: JobView[];
  next_cursor: string | null;
}

export type FinishedJob = HistoryPage['jobs'][number];

export interface JobFilter {
  status: JobStatus | null;
  kind: string | null;
}

/** When a submission runs: now when empty. */
export type Timing = { run_at: string } | { cron: string; time_zone: string } | Record<never, never>;

/** How hard to try; what is left out is the system's own. */
export type Trying = Partial<Pick<SubmitJob, 'max_attempts' | 'soft_limit_sec' | 'hard_limit_sec' | 'on_dead_chunk'>>;

export type Submission = Timing &
  Trying & {
    kind: string;
    params: Record<string, unknown>;
    chunks: number;
    priority: Lane;
  };

/** What a submission became: a job, or a schedule that makes jobs. */
export type Submitted = { job_id: string } | { schedule_id: string; next_run_at: string };

/** The beginning of a list. */
export interface ListPage<T> {
  items: T[];
  more: boolean;
}

export type DeadLetter = Omit<DeadChunk, 'v' | 'type' | 'tenant'> & { id: string };

export interface Readiness {
  ready: boolean;
  checks: {
    nats: boolean;
    storage: boolean;
    coordinators: number;
    workers: number;
    stuck_partitions?: readonly object[];
    troubles?: readonly { mended: boolean }[];
  };
  /** Hours that a job is kept after it last changed; absent from an older gateway. */
  kept_hours?: number;
}

async function request(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, headers: { accept: 'application/json', ...init?.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw problemOf(0, undefined);
  }
}

async function answer<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await request(path, init);
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(response.status, body);
  return body as T;
}

export function fetchKinds(signal?: AbortSignal): Promise<{ kinds: Kind[] }> {
  return answer('/v1/kinds', { signal: signal ?? null });
}

/** Measurements of the last minutes, oldest first. */
export function fetchThroughput(): Promise<{ samples: Pick<QueueStats, 'at' | 'chunks_per_sec'>[] }> {
  return answer('/v1/throughput');
}

export function fetchJob(id: string, signal?: AbortSignal): Promise<JobView> {
  return answer(`/v1/jobs/${encodeURIComponent(id)}`, { signal: signal ?? null });
}

export function fetchJobs(filter: JobFilter, limit: number, cursor: string | null, signal?: AbortSignal): Promise<JobPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (filter.status) query.set('status', filter.status);
  if (filter.kind) query.set('kind', filter.kind);
  if (cursor) query.set('cursor', cursor);
  return answer(`/v1/jobs?${query}`, { signal: signal ?? null });
}

/** Finished jobs, newest first; `from` is the time they were submitted at or after. */
export function fetchHistory(
  filter: JobFilter & { from: string | null },
  limit: number,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Pick<HistoryPage, 'jobs' | 'next_cursor'>> {
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries({ status: filter.status, kind: filter.kind, from: filter.from, cursor }))
    if (value) query.set(name, value);
  return answer(`/v1/history?${query}`, { signal: signal ?? null });
}

/** The same key and submission, sent again after no answer, is the same job. */
export function submitJob(submission: Submission, key: string): Promise<Submitted> {
  return answer('/v1/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(submission),
  });
}

export function cancelJob(id: string): Promise<void> {
  return answer(`/v1/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export function commandJob(id: string, command: 'pause' | 'resume' | 'requeue'): Promise<unknown> {
  return answer(`/v1/jobs/${encodeURIComponent(id)}/${command}`, { method: 'POST' });
}

/** Oldest first; of one job, or of all. */
export async function fetchDeadLetters(jobId: string | null, limit: number, signal?: AbortSignal): Promise<ListPage<DeadLetter>> {
  const query = new URLSearchParams({ limit: String(limit), ...(jobId !== null && { job_id: jobId }) });
  const page = await answer<{ dead_letters: DeadLetter[]; next_cursor: string | null }>(`/v1/dead-letters?${query}`, {
    signal: signal ?? null,
  });
  return { items: page.dead_letters, more: page.next_cursor !== null };
}

export function discardDeadLetter(id: string): Promise<void> {
  return answer(`/v1/dead-letters/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Newest first. */
export async function fetchSchedules(limit: number, signal?: AbortSignal): Promise<ListPage<ScheduleView>> {
  const page = await answer<{ schedules: ScheduleView[]; next_cursor: string | null }>(`/v1/schedules?limit=${limit}`, {
    signal: signal ?? null,
  });
  return { items: page.schedules, more: page.next_cursor !== null };
}

export function turnSchedule(id: string, to: 'pause' | 'resume'): Promise<ScheduleView> {
  return answer(`/v1/schedules/${encodeURIComponent(id)}/${to}`, { method: 'POST' });
}

export function removeSchedule(id: string): Promise<void> {
  return answer(`/v1/schedules/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** What the gateway says of itself; 503 is an answer here. */
export async function fetchReadiness(signal?: AbortSignal): Promise<Readiness> {
  const response = await request('/readyz', { signal: signal ?? null });
  const body = (await response.json().catch(() => undefined)) as Readiness | undefined;
  if (!body?.checks) throw problemOf(response.status, body);
  return body;
}
