/** The gateway that this page comes from, through the SDK. Failures are `ApiProblem`s, also no answer at all; `api-problem.ts` has the words for them. */
import type {
  DeadLetter,
  FailureLine,
  JobFile,
  JobRequest,
  Readiness as AnyReadiness,
  ScheduleRequest,
  Timing as Later,
  TryingRequest,
} from '@manyhands/sdk';
import type { JobStatus, KindRegistration, Lane, ScheduleView } from '@manyhands/proto';
import { session } from './account/session.svelte.ts';
import { visitor } from './account/visitor.ts';

export type { DeadLetter, FailureLine, FinishedJob, JobPage, ResultLine } from '@manyhands/sdk';

/** Requests carry the token of who is signed in. */
export const api = session.client;

/** A kind, as the bridge and REST both know it. */
export type KnownKind = Omit<KindRegistration, 'v' | 'type'>;

export interface JobFilter {
  status: JobStatus | null;
  kind: string | null;
}

/** When a submission runs: now when empty. */
export type Timing = Later | Record<never, never>;

/** How hard to try, what to bound and how to name it; what is left out is the system's own. */
export type Trying = TryingRequest & Pick<JobRequest, 'at_once' | 'max_failed' | 'tags' | 'notify'>;

export type Submission = Timing &
  Trying & {
    kind: string;
    params: Record<string, unknown>;
    priority: Lane;
  } & ({ chunks: number } | { input: string });

/** A job, or a schedule that makes jobs. The same key and submission, sent again after no answer, is the same one. */
export function submit(submission: Submission, idempotencyKey: string): Promise<{ job_id: string } | { schedule_id: string }> {
  return 'run_at' in submission || 'cron' in submission
    ? api.schedule(submission as ScheduleRequest, { idempotencyKey })
    : api.submit(submission as JobRequest, { idempotencyKey });
}

/** The beginning of a list. */
export interface ListPage<T> {
  items: T[];
  more: boolean;
}

/** Of one job, oldest first. `client`: for whom. */
export async function fetchDeadLetters(
  jobId: string,
  limit: number,
  signal?: AbortSignal,
  client = api,
): Promise<ListPage<DeadLetter>> {
  const page = await client.deadLetters({ job_id: jobId, limit }, { signal });
  return { items: page.dead_letters, more: page.next_cursor !== null };
}

/** In the order of the items. */
export async function fetchFailures(jobId: string, limit: number, signal?: AbortSignal): Promise<ListPage<FailureLine>> {
  const items = await Array.fromAsync(api.failures(jobId, { limit: limit + 1, signal }));
  return { items: items.slice(0, limit), more: items.length > limit };
}

/** In the order of their chunks. */
export async function fetchFiles(jobId: string, limit: number, signal?: AbortSignal): Promise<ListPage<JobFile>> {
  const page = await api.files(jobId, { limit }, { signal });
  return { items: page.files, more: page.next_cursor !== null };
}

/** With the tenant in a list of all of them. */
export type ListedSchedule = ScheduleView & { tenant?: string | undefined };

/** Newest first; `*`: of all tenants, for administrators. */
export async function fetchSchedules(tenant: '*' | null, limit: number, signal?: AbortSignal): Promise<ListPage<ListedSchedule>> {
  const page = await session.clientOf(tenant).schedules({ limit }, { signal });
  return { items: page.schedules, more: page.next_cursor !== null };
}

/** What a gateway that goes on says of the system. */
export type Readiness = AnyReadiness & { checks: NonNullable<AnyReadiness['checks']> };

/** Null from a gateway that ends: it checks nothing any more. */
export async function fetchReadiness(signal?: AbortSignal): Promise<Readiness | null> {
  const { checks, ...rest } = await visitor.ready({ signal });
  return checks === undefined ? null : { ...rest, checks };
}
