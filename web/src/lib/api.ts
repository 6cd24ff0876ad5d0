/** The REST calls the dashboard makes. Every failure is thrown as an `ApiProblem`, also no answer at all. */
import type { JobStatus, JobView, KindRegistration, Lane, ScheduleView } from '@manyhands/proto';
import { problemOf } from './api-problem.ts';

export type Kind = KindRegistration & { live_workers: number };

export interface JobPage {
  jobs: JobView[];
  next_cursor: string | null;
}

export interface JobFilter {
  status: JobStatus | null;
  kind: string | null;
}

/** When a submission runs: now when empty. */
export type Timing = { run_at: string } | { cron: string; time_zone: string } | Record<never, never>;

export type Submission = Timing & {
  kind: string;
  params: Record<string, unknown>;
  chunks: number;
  priority: Lane;
};

/** What a submission became: a job, or a schedule that makes jobs. */
export type Submitted = { job_id: string } | { schedule_id: string; next_run_at: string };

export interface SchedulePage {
  schedules: ScheduleView[];
  next_cursor: string | null;
}

export interface Readiness {
  ready: boolean;
  checks: { nats: boolean; coordinators: number; workers: number };
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

export function submitJob(submission: Submission): Promise<Submitted> {
  return answer('/v1/jobs', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(submission) });
}

export function cancelJob(id: string): Promise<void> {
  return answer(`/v1/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export function fetchSchedules(limit: number, cursor: string | null, signal?: AbortSignal): Promise<SchedulePage> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return answer(`/v1/schedules?${query}`, { signal: signal ?? null });
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
