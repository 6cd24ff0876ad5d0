/**
 * The body of `POST /v1/jobs`: its fields, what each may be, and how the API's description shows it. `readEnvelope` reads what is to run, `readTiming` when.
 */
import { bounds, DeadChunkPolicy, JsonObject, KindName, Lane, limits, Notify, SubmitJob } from '@manyhands/proto';
import { ApiSchema } from '@nestjs/swagger';
import { z } from 'zod';
import { Field, fieldsOf, OpenField } from '../contract/field.ts';
import { timingFields } from '../schedule/schedule-request.ts';

const { max_attempts: maxAttempts, soft_limit_sec: softLimitSec, hard_limit_sec: hardLimitSec } = SubmitJob.shape;
const { $schema: _, ...notifyObject } = z.toJSONSchema(Notify);

@ApiSchema({
  description: 'A computation: `kind` with its `params`, or `n` alone, which is kind `sum`; and when to run it, if not now.',
})
export class JobBody {
  @Field(KindName, { description: 'A task kind of `GET /v1/kinds`.', example: 'primes' })
  kind?: string;

  @Field(JsonObject, { description: "Parameters that fit the kind's `params_schema`.", example: { n: 200_000 } })
  params?: Record<string, unknown>;

  @OpenField({
    description: 'The bare form `{"n":10000,"chunks":8}` is the kind `sum`; not together with `kind` or `params`.',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  })
  n?: unknown;

  @Field(z.int().min(1).max(limits.chunkCountMax), {
    description: 'Number of chunks to split the work into; the kind has a default.',
    example: 16,
  })
  chunks?: number;

  @OpenField({
    description:
      'What the chunks are cut from, for a kind that takes items or a file: the id that `POST /v1/inputs` answers, or `{"job":"<id>"}` for the lines that a job left.',
    oneOf: [
      { type: 'string', format: 'uuid' },
      { type: 'object', properties: { job: { type: 'string', format: 'uuid' } }, required: ['job'], additionalProperties: false },
    ],
  })
  input?: unknown;

  @OpenField({
    type: 'array',
    items: {},
    description: 'The items themselves, instead of `input`, as far as they fit into the body.',
  })
  items?: unknown;

  @Field(Lane, { default: 'normal' })
  priority?: Lane;

  @Field(DeadChunkPolicy, {
    description:
      'What a dead chunk does: it fails the job, or the result leaves it out. Unless set: `continue` for kinds that leave lines, `fail` for others.',
  })
  on_dead_chunk?: SubmitJob['on_dead_chunk'];

  @Field(maxAttempts, { default: limits.attemptsMax, description: 'Attempts of one chunk before it is dead.' })
  max_attempts?: number;

  @Field(softLimitSec, {
    default: limits.softLimitSec,
    unit: 'seconds',
    description: 'Seconds after which the task code is asked to stop a chunk.',
  })
  soft_limit_sec?: number;

  @Field(hardLimitSec, {
    default: limits.hardLimitSec,
    unit: 'seconds',
    description: 'Seconds after which the thread of a chunk is ended; not less than `soft_limit_sec`.',
  })
  hard_limit_sec?: number;

  @Field(bounds.at_once, { description: 'Chunks that are computed at once, all workers together.' })
  at_once?: number;

  @OpenField({
    description: 'How many chunks may be dead before the job fails: a number, or a share of all like `{"share":0.01}`.',
    oneOf: [
      { type: 'integer', minimum: 0, maximum: limits.chunkCountMax },
      { type: 'object', properties: { share: { type: 'number', minimum: 0 } }, required: ['share'] },
      { type: 'object', properties: { count: { type: 'integer', minimum: 0 } }, required: ['count'] },
    ],
  })
  max_failed?: unknown;

  @OpenField({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: limits.tagCharsMax },
    description: `Names and values that the job is found by, at most ${limits.tagsMax}.`,
    example: { team: 'web' },
  })
  tags?: unknown;

  @OpenField({
    description:
      'Whom to notify when the job is over: an address that an event is sent to by POST, as JSON in the form of Standard Webhooks. A job of the kind `webhook` sends it, so a worker has to compute that kind. `on`: of which ends, each unless given. `secret`: the name of a secret of the workers (`MANYHANDS_HTTP_SECRETS`) that the event is signed with.',
    oneOf: [{ type: 'string', format: 'uri', maxLength: limits.notifyUrlCharsMax }, notifyObject],
  })
  notify?: unknown;

  @timingFields.run_at
  run_at?: string;

  @timingFields.cron
  cron?: string;

  @timingFields.time_zone
  time_zone?: string;
}

/** The name of every field of the body. */
export const JOB_FIELDS: readonly string[] = [...fieldsOf(JobBody).keys()];

/** A body without its fields that are null: they are as good as absent. What is no object stays as it is. */
export function withoutNulls(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const given = Object.entries(body);
  const isAbsent = ([field, value]: [string, unknown]): boolean => value === null && JOB_FIELDS.includes(field);
  return given.some(isAbsent) ? Object.fromEntries(given.filter((entry) => !isAbsent(entry))) : body;
}
