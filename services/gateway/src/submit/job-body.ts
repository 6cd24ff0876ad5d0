/**
 * The body of `POST /v1/jobs`: its fields, what each may be, and how the API's description shows it. `readEnvelope` reads what is to run, `readTiming` when.
 */
import { DeadChunkPolicy, LANES, limits, type Lane, type SubmitJob } from '@manyhands/proto';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsInt, IsNumber, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

@ApiSchema({
  description: 'A computation: `kind` with its `params`, or `n` alone, which is kind `sum`; and when to run it, if not now.',
})
export class JobBody {
  @ApiProperty({ required: false, type: 'string', description: 'A task kind of `GET /v1/kinds`.', example: 'primes' })
  @IsOptional()
  @MaxLength(64)
  @IsString()
  kind?: string;

  @ApiProperty({
    required: false,
    type: Object,
    additionalProperties: true,
    description: "Parameters that fit the kind's `params_schema`.",
    example: { n: 200_000 },
  })
  @IsOptional()
  @IsObject()
  params?: Record<string, unknown>;

  @ApiProperty({
    required: false,
    description: 'The bare form `{"n":10000,"chunks":8}` is the kind `sum`; not together with `kind` or `params`.',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  })
  n?: unknown;

  @ApiProperty({
    required: false,
    type: 'integer',
    minimum: 1,
    maximum: limits.chunkCountMax,
    description: 'Number of chunks to split the work into; the kind has a default.',
    example: 16,
  })
  @IsOptional()
  @Max(limits.chunkCountMax)
  @Min(1)
  @IsInt()
  chunks?: number;

  @ApiProperty({ required: false, enum: LANES, default: 'normal' })
  @IsOptional()
  @IsIn(LANES)
  priority?: Lane;

  @ApiProperty({
    required: false,
    enum: DeadChunkPolicy.options,
    default: 'fail',
    description: 'What a dead chunk does: it fails the job, or the result leaves it out.',
  })
  @IsOptional()
  @IsIn(DeadChunkPolicy.options)
  on_dead_chunk?: SubmitJob['on_dead_chunk'];

  @ApiProperty({
    required: false,
    type: 'integer',
    minimum: 1,
    maximum: limits.attemptsMaxMax,
    default: limits.attemptsMax,
    description: 'Attempts of one chunk before it is dead.',
  })
  @IsOptional()
  @Max(limits.attemptsMaxMax)
  @Min(1)
  @IsInt()
  max_attempts?: number;

  @ApiProperty({
    required: false,
    type: 'number',
    minimum: limits.timeLimitSecMin,
    maximum: limits.timeLimitSecMax,
    default: limits.softLimitSec,
    description: 'Seconds after which the task code is asked to stop a chunk.',
  })
  @IsOptional()
  @Max(limits.timeLimitSecMax)
  @Min(limits.timeLimitSecMin)
  @IsNumber()
  soft_limit_sec?: number;

  @ApiProperty({
    required: false,
    type: 'number',
    minimum: limits.timeLimitSecMin,
    maximum: limits.timeLimitSecMax,
    default: limits.hardLimitSec,
    description: 'Seconds after which the thread of a chunk is ended; not less than `soft_limit_sec`.',
  })
  @IsOptional()
  @Max(limits.timeLimitSecMax)
  @Min(limits.timeLimitSecMin)
  @IsNumber()
  hard_limit_sec?: number;

  @ApiProperty({
    required: false,
    type: 'string',
    format: 'date-time',
    description:
      'Run once at this time (ISO 8601 with offset, at most a year ahead); a past time runs now, and the answer says so.',
    example: '2027-01-31T06:30:00+01:00',
  })
  run_at?: string;

  @ApiProperty({
    required: false,
    type: 'string',
    description:
      'Run at every tick: five fields (minute, hour, day of month, month, day of week) or @hourly, @daily, @weekly, @monthly, @yearly. As in crontab(5): where neither day field is a star, either is enough. When the clock is put forward, a run in the skipped hour happens once, at the change; when it is put back, a time that comes twice runs the first time. With `*` for the hour, runs follow real time.',
    example: '30 6 * * 1-5',
  })
  cron?: string;

  @ApiProperty({
    required: false,
    type: 'string',
    default: 'UTC',
    description: 'IANA name of the time zone of `cron`; upper and lower case are equal.',
    example: 'Europe/Berlin',
  })
  time_zone?: string;
}

/** Bodies that are taken as they stand (submit.int.spec.ts sends each). The first is what `/docs` offers to send. */
export const jobExamples = {
  primes: { summary: 'Count primes', value: { kind: 'primes', params: { n: 200_000 }, chunks: 16, priority: 'high' } },
  bare: { summary: 'The bare form: the kind sum', value: { n: 10_000, chunks: 8 } },
  large: {
    summary: 'A number that is too large for JSON, as text',
    value: { kind: 'sum', params: { n: '1000000000000000000000000000000' } },
  },
  limits: {
    summary: 'With limits of its own',
    value: {
      kind: 'primes',
      params: { n: 1_000_000 },
      on_dead_chunk: 'continue',
      max_attempts: 5,
      soft_limit_sec: 10,
      hard_limit_sec: 12.5,
    },
  },
  later: { summary: 'Once, later', value: { kind: 'primes', params: { n: 200_000 }, run_at: '2027-01-31T06:30:00+01:00' } },
  weekdays: {
    summary: 'On weekdays at half past six in Berlin',
    value: { kind: 'primes', params: { n: 200_000 }, cron: '30 6 * * 1-5', time_zone: 'Europe/Berlin' },
  },
};

/** Where `@nestjs/swagger` keeps the names of a class's fields, each with a colon in front. */
const propertiesKey = 'swagger/apiModelPropertiesArray';

/** The name of every field of the body. */
export const JOB_FIELDS: readonly string[] = (Reflect.getMetadata(propertiesKey, JobBody.prototype) as string[]).map((name) =>
  name.slice(1),
);

/** A body without its fields that are null: they are as good as absent. What is no object stays as it is. */
export function withoutNulls(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const given = Object.entries(body);
  const isAbsent = ([field, value]: [string, unknown]): boolean => value === null && JOB_FIELDS.includes(field);
  return given.some(isAbsent) ? Object.fromEntries(given.filter((entry) => !isAbsent(entry))) : body;
}
