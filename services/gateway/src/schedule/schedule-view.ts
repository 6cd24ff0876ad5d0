/** What users see of a schedule. Pure. */
import { timeLimitsOf, type Schedule, type ScheduleRan, type ScheduleStatus, type ScheduleView } from '@manyhands/proto';
import { nextRunMs } from './schedule-request.ts';

/** Everything that is stored of one schedule; at least one of them. */
export interface StoredSchedule {
  timer?: Schedule;
  /** A run the server has made due. */
  due?: Schedule;
  ran?: ScheduleRan;
  /** The account of its user is disabled. */
  isHalted?: boolean;
}

const HALTED = 'The account of its user is disabled. It goes on when an administrator enables the account again.';

/** Undefined when nothing is stored. */
export function scheduleView({ timer, due, ran, isHalted = false }: StoredSchedule, nowMs: number): ScheduleView | undefined {
  const schedule = timer ?? ran?.schedule ?? due;
  if (schedule === undefined) return undefined;
  const status = statusOf({ ...(timer && { timer }), ...(ran && { ran }) });
  const { schedule_id, run_at, cron, time_zone, created_at, job } = schedule;
  const halts = isHalted && status !== 'done';
  const nextMs = status === 'scheduled' && !halts ? nextRunMs(schedule, nowMs) : undefined;
  return {
    schedule_id,
    status,
    ...(halts && { halted: HALTED }),
    run_at,
    cron,
    time_zone,
    next_run_at: nextMs === undefined ? null : new Date(nextMs).toISOString(),
    last_run_at: ran?.due_at ?? null,
    last_job_id: ran?.job_id ?? null,
    kind: job.kind,
    params: job.params,
    chunks: job.chunks,
    priority: job.lane,
    on_dead_chunk: job.on_dead_chunk,
    ...(job.max_attempts !== undefined && { max_attempts: job.max_attempts }),
    ...timeLimitsOf(job),
    created_at,
  };
}

/** Between the moment it is due and its job, a schedule that runs once has neither timer nor note: it is still to come. */
function statusOf({ timer, ran }: StoredSchedule): ScheduleStatus {
  if (timer !== undefined) return timer.status;
  return ran === undefined ? 'scheduled' : 'done';
}
