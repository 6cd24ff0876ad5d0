/** Messages that are right unless a test sets another value: pass only what the test is about. */
import {
  computeLeaseId,
  JsonText,
  LOCAL_TENANT,
  newJobId,
  newScheduleId,
  pendingView,
  templateOf,
  type CancelJob,
  type ComputeLease,
  type JobFinished,
  type JobView,
  type KindRegistration,
  type LeaseComputed,
  type LeaseFailed,
  type LeaseProgress,
  type Schedule,
  type PauseJob,
  type RequeueJob,
  type ResumeJob,
  type SubmitJob,
  type WorkerHeartbeat,
} from '@manyhands/proto';

const someTime = '2026-01-01T00:00:00.000Z';

export function aSubmitJob(given: Partial<SubmitJob> = {}): SubmitJob {
  return {
    v: 1,
    type: 'SubmitJob',
    job_id: newJobId(),
    tenant: LOCAL_TENANT,
    kind: 'sum',
    params: { n: 10_000 },
    chunks: 8,
    lane: 'normal',
    on_dead_chunk: 'fail',
    submitted_at: someTime,
    ...given,
  };
}

/** A schedule that runs every day at midnight, UTC, unless the caller sets another. */
export function aSchedule(given: Partial<Schedule> = {}): Schedule {
  return {
    v: 1,
    type: 'Schedule',
    schedule_id: newScheduleId(),
    tenant: LOCAL_TENANT,
    status: 'scheduled',
    run_at: null,
    cron: '0 0 * * *',
    time_zone: 'UTC',
    job: templateOf(aSubmitJob()),
    created_at: someTime,
    ...given,
  };
}

export function aCancelJob(given: Partial<CancelJob> = {}): CancelJob {
  return { v: 1, type: 'CancelJob', job_id: newJobId(), tenant: LOCAL_TENANT, requested_at: someTime, ...given };
}

export function aPauseJob(given: Partial<PauseJob> = {}): PauseJob {
  return { v: 1, type: 'PauseJob', job_id: newJobId(), tenant: LOCAL_TENANT, requested_at: someTime, ...given };
}

export function aRequeueJob(given: Partial<RequeueJob> = {}): RequeueJob {
  return { v: 1, type: 'RequeueJob', job_id: newJobId(), tenant: LOCAL_TENANT, round: 1, requested_at: someTime, ...given };
}

export function aResumeJob(given: Partial<ResumeJob> = {}): ResumeJob {
  return { v: 1, type: 'ResumeJob', job_id: newJobId(), tenant: LOCAL_TENANT, requested_at: someTime, ...given };
}

/** A lease on the span `[begin, end)`, default `[0, 1)` of 8, with the id that span has. */
export function aComputeLease(
  given: Partial<ComputeLease> & { begin?: number; end?: number; total?: number; attempt?: number } = {},
): ComputeLease {
  const { begin = 0, end = begin + 1, total = 8, attempt = 0, ...rest } = given;
  return {
    v: 1,
    type: 'ComputeLease',
    job_id: newJobId(),
    tenant: LOCAL_TENANT,
    lease: computeLeaseId(begin, end, attempt),
    kind: 'sum',
    lane: 'normal',
    params: { n: 10_000 },
    task: { op: 'compute', begin, end, total, attempt },
    ...rest,
  };
}

/** What a worker publishes for the span `[begin, end)`, default `[0, 1)`; the partial as a value, or `undefined` for none. */
export function aLeaseComputed(
  given: Omit<Partial<LeaseComputed>, 'partial'> & { begin?: number; end?: number; attempt?: number; partial?: unknown } = {},
): LeaseComputed {
  const { begin = 0, end = begin + 1, attempt = 0, partial = 1, ...rest } = given;
  const hasPartial = !('partial' in given) || given.partial !== undefined;
  return {
    v: 1,
    type: 'LeaseComputed',
    job_id: newJobId(),
    lease: computeLeaseId(begin, end, attempt),
    about: { op: 'compute', begin, end, attempt },
    worker: 'worker-1',
    slot: 0,
    delivery: 1,
    ...(hasPartial && { partial: partial instanceof JsonText ? partial : JsonText.of(partial) }),
    failed: [],
    compute_ms: 1,
    ...rest,
  };
}

export function aLeaseFailed(given: Partial<LeaseFailed> & { begin?: number; end?: number; attempt?: number } = {}): LeaseFailed {
  const { begin = 0, end = begin + 1, attempt = 0, ...rest } = given;
  return {
    v: 1,
    type: 'LeaseFailed',
    job_id: newJobId(),
    lease: computeLeaseId(begin, end, attempt),
    about: { op: 'compute', begin, end, attempt },
    worker: 'worker-1',
    slot: 0,
    delivery: 1,
    error: { code: 'worker_lost', message: 'the worker died', retryable: true },
    ...rest,
  };
}

export function aLeaseProgress(given: Partial<LeaseProgress> = {}): LeaseProgress {
  const { begin = 0, end = begin + 4 } = given;
  return {
    v: 1,
    type: 'LeaseProgress',
    job_id: newJobId(),
    lease: computeLeaseId(begin, end, 0),
    worker: 'worker-1',
    begin,
    end,
    done: 1,
    ...given,
  };
}

/** A view as a coordinator writes it; pending unless the caller sets another. */
export function aJobView(given: Partial<JobView> = {}): JobView {
  return { ...pendingView(aSubmitJob()), ...given };
}

/** The event of a completed job. */
export function aJobFinished(given: Partial<JobFinished['job']> = {}): JobFinished {
  const {
    chunks: _chunks,
    rate: _rate,
    eta_sec: _eta,
    ...job
  } = aJobView({
    status: 'completed',
    progress: 1,
    completed_chunks: 8,
    result: 50_005_000,
    detail: null,
    started_at: someTime,
    finished_at: someTime,
    duration_sec: 0,
  });
  return { v: 1, type: 'JobFinished', job: { ...job, ...given } };
}

export function aWorkerHeartbeat(given: Partial<WorkerHeartbeat> = {}): WorkerHeartbeat {
  return {
    v: 1,
    type: 'WorkerHeartbeat',
    worker: 'worker-1',
    host: 'host',
    pid: 1,
    kinds: ['sum'],
    slots: 2,
    busy_slots: 0,
    leases: [],
    leases_done: 0,
    chunks_done: 0,
    chunks_failed: 0,
    memory_mb: 64,
    started_at: someTime,
    beat_at: someTime,
    draining: false,
    ...given,
  };
}

export function aKindRegistration(given: Partial<KindRegistration> = {}): KindRegistration {
  return {
    v: 1,
    type: 'KindRegistration',
    kind: 'sum',
    title: 'Sum',
    description: 'Adds the numbers from 1 to n.',
    params_schema: { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] },
    example: { n: 10_000 },
    default_chunks: 8,
    ...given,
  };
}
