/** A job to come, once or again and again. See `scheduleSubjects` for where each of these is kept. */
import { z } from 'zod';
import { JobId, ScheduleId, Tenant } from '../ids.ts';
import { SubmitJob } from './job-commands.ts';

/** What each run submits: a `SubmitJob` without what is different in each. */
export const JobTemplate = SubmitJob.omit({
  v: true,
  type: true,
  job_id: true,
  tenant: true,
  submitted_at: true,
  schedule_id: true,
});
export type JobTemplate = z.infer<typeof JobTemplate>;

/** Exactly one of `cron` and `run_at` is set. */
export const Schedule = z.object({
  v: z.literal(1),
  type: z.literal('Schedule'),
  schedule_id: ScheduleId,
  tenant: Tenant,
  status: z.enum(['scheduled', 'paused']),
  /** When to run, for a schedule that runs once. */
  run_at: z.iso.datetime().nullable(),
  /** As the user wrote it. */
  cron: z.string().nullable(),
  /** IANA name; the clock `cron` is read against. Null with `run_at`. */
  time_zone: z.string().nullable(),
  job: JobTemplate,
  /** Which run this is: only on an alarm, and so on the server's copy of it. */
  due_at: z.iso.datetime().optional(),
  created_at: z.iso.datetime(),
});
export type Schedule = z.infer<typeof Schedule>;

/** The newest run of a schedule. Kept as long as a schedule that repeats; for a job's retention when it ran once. */
export const ScheduleRan = z.object({
  v: z.literal(1),
  type: z.literal('ScheduleRan'),
  schedule: Schedule,
  /** Which run this was: never the same for two runs of a schedule. */
  occurrence: z.string(),
  /** When it was due. */
  due_at: z.iso.datetime(),
  job_id: JobId,
});
export type ScheduleRan = z.infer<typeof ScheduleRan>;

/** What a submission asks for, apart from when and by whom. */
export function templateOf(submit: SubmitJob): JobTemplate {
  const { v: _v, type: _type, job_id: _job, tenant: _tenant, submitted_at: _at, schedule_id: _schedule, ...template } = submit;
  return template;
}

/** The submission that one run of a schedule makes. */
export function submitOf({ schedule_id, tenant, job }: Schedule, jobId: string, submittedAt: string): SubmitJob {
  return { v: 1, type: 'SubmitJob', job_id: jobId, tenant, ...job, submitted_at: submittedAt, schedule_id };
}
