/**
 * The fields of `POST /v1/jobs` that set when it runs: `run_at`, or `cron` with `time_zone`. Pure.
 *
 * Wrong types, fields that do not go together and a time zone that is none are 422; a time too far ahead and a cron expression that is none are 400.
 */
import {
  isManyhandsError,
  limits,
  nextTick,
  parseCron,
  storedCron,
  timeZoneLike,
  timeZoneName,
  type Schedule,
} from '@manyhands/proto';
import { z } from 'zod';
import { checkFields, Field } from '../contract/field.ts';
import { badRequest, invalidFields, type FieldProblem } from '../edge/problem.ts';

/** When to run, as a schedule keeps it. */
export type Timing = Pick<Schedule, 'run_at' | 'cron' | 'time_zone'>;

/** The fields of a submission about when; they are read before the others. */
export const timingFields = {
  run_at: Field(z.iso.datetime({ offset: true }), {
    description:
      'Run once at this time (ISO 8601 with offset, at most a year ahead); a past time runs now, and the answer has a `note` about it.',
    example: '2027-01-31T06:30:00+01:00',
    problem: 'must be a time with its offset, like 2027-01-31T06:30:00Z or 2027-01-31T06:30:00+01:00',
  }),
  cron: Field(z.string().max(limits.cronCharsMax), {
    description:
      'Run at every tick: five fields (minute, hour, day of month, month, day of week) or @hourly, @daily, @weekly, @monthly, @yearly. As in crontab(5): where neither day field is a star, either is enough. When the clock is put forward, a run in the skipped hour happens once, at the change; when it is put back, a time that comes twice runs the first time. With `*` for the hour, runs follow real time.',
    example: '30 6 * * 1-5',
  }),
  time_zone: Field(z.string(), {
    default: 'UTC',
    description: 'IANA name of the time zone of `cron`; upper and lower case are equal.',
    example: 'Europe/Berlin',
  }),
};

class TimingBody {
  @timingFields.run_at
  run_at?: string;

  @timingFields.cron
  cron?: string;

  @timingFields.time_zone
  time_zone?: string;
}

/** Takes the three fields out of a body: `timing` is undefined when the job is to run now. Throws the refusal for those that do not fit. */
export function readTiming(body: unknown, nowMs: number): { timing: Timing | undefined; rest: unknown } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { timing: undefined, rest: body };
  const { run_at: runAt, cron, time_zone: timeZone, ...rest } = body as Record<string, unknown>;
  const given = Object.assign(new TimingBody(), {
    run_at: runAt ?? undefined,
    cron: cron ?? undefined,
    time_zone: timeZone ?? undefined,
  });
  const { problems } = checkFields(given, 'body');
  if (problems.length > 0) throw invalidFields(problems);
  const contradictions = contradictionsOf(given);
  if (contradictions.length > 0) throw invalidFields(contradictions);
  if (given.cron !== undefined) return { timing: cronTiming(given.cron, given.time_zone ?? 'UTC', nowMs), rest };
  if (given.run_at !== undefined) return { timing: onceTiming(Date.parse(given.run_at), nowMs), rest };
  return { timing: undefined, rest };
}

/** What a client that makes a schedule should know about it. */
export function noteOn({ run_at: runAt, created_at: createdAt }: Pick<Schedule, 'run_at' | 'created_at'>): string | undefined {
  return runAt !== null && Date.parse(runAt) <= Date.parse(createdAt) ? 'run_at has passed, so the job runs now.' : undefined;
}

/** When a schedule comes next after a time; undefined when never. */
export function nextRunMs({ run_at: runAt, cron, time_zone: timeZone }: Timing, afterMs: number): number | undefined {
  if (cron === null) return runAt === null ? undefined : Date.parse(runAt);
  return nextTick(storedCron(cron), timeZone ?? 'UTC', afterMs);
}

function contradictionsOf(given: TimingBody): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (given.run_at !== undefined && given.cron !== undefined)
    problems.push({
      loc: ['body', 'cron'],
      msg: 'not together with "run_at": a job runs either once or at every tick',
      type: 'extra_forbidden',
    });
  if (given.time_zone !== undefined && given.cron === undefined)
    problems.push({
      loc: ['body', 'time_zone'],
      msg: 'only together with "cron"; "run_at" has its own offset',
      type: 'extra_forbidden',
    });
  return problems;
}

function onceTiming(atMs: number, nowMs: number): Timing {
  if (atMs > nowMs + limits.runAtAheadMsMax) throw badRequest('run_at must be at most a year ahead.');
  return { run_at: new Date(Math.max(atMs, nowMs)).toISOString(), cron: null, time_zone: null };
}

function cronTiming(text: string, timeZone: string, nowMs: number): Timing {
  const zone = timeZoneName(timeZone);
  if (zone === undefined) throw invalidFields([{ loc: ['body', 'time_zone'], msg: unknownZone(timeZone), type: 'value_error' }]);
  const cron = readCron(text);
  if (nextTick(cron, zone, nowMs) === undefined) throw badRequest(`cron "${cron.text}" has no tick: there is no such day.`);
  return { run_at: null, cron: cron.text, time_zone: zone };
}

function unknownZone(given: string): string {
  const like = timeZoneLike(given);
  return `"${given.slice(0, 64)}" is not a known time zone; ${like === undefined ? 'use an IANA name like Europe/Berlin or UTC' : `did you mean ${like}?`}`;
}

function readCron(text: string): ReturnType<typeof parseCron> {
  try {
    return parseCron(text);
  } catch (error) {
    if (isManyhandsError(error, 'bad_request')) throw badRequest(error.message);
    throw error;
  }
}
