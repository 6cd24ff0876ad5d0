/**
 * The body of `POST /v1/jobs` before anything is known about its kind.
 *
 * Two forms: `{"kind":"primes","params":{"n":200000},"chunks":16,"priority":"high"}`, and the bare `{"n":10000,"chunks":8}`,
 * which is the kind `sum`. Wrong types, missing and unknown fields are 422; numbers out of range are 400.
 */
import { DeadChunkPolicy, LANES, limits, type Lane, type SubmitJob } from '@manyhands/proto';
import { IsIn, IsInt, IsNumber, IsObject, IsOptional, IsString, Max, MaxLength, Min, validateSync, type ValidationError } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { badRequest, invalidFields, type FieldProblem } from '../edge/problem.ts';

export class JobEnvelope {
  @ApiProperty({ required: false, type: 'string', description: 'A task kind of `GET /v1/kinds`.', example: 'primes' })
  @IsOptional()
  @MaxLength(64)
  @IsString()
  kind?: string;

  @ApiProperty({ required: false, type: Object, additionalProperties: true, description: 'Parameters, as the kind\'s `params_schema` says.', example: { n: 200_000 } })
  @IsOptional()
  @IsObject()
  params?: Record<string, unknown>;

  @ApiProperty({ required: false, description: 'The bare form `{"n":10000,"chunks":8}` is the kind `sum`; not together with `kind` or `params`.', oneOf: [{ type: 'integer' }, { type: 'string' }] })
  n?: unknown;

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: limits.chunkCountMax, description: 'Slices to split the work into; the kind has a default.', example: 16 })
  @IsOptional()
  @Max(limits.chunkCountMax)
  @Min(1)
  @IsInt()
  chunks?: number;

  @ApiProperty({ required: false, enum: LANES, default: 'normal' })
  @IsOptional()
  @IsIn(LANES)
  priority?: Lane;

  @ApiProperty({ required: false, enum: DeadChunkPolicy.options, default: 'fail', description: 'A chunk that used up its attempts fails the job, or is left out.' })
  @IsOptional()
  @IsIn(DeadChunkPolicy.options)
  on_dead_chunk?: SubmitJob['on_dead_chunk'];

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: limits.attemptsMaxMax, default: limits.attemptsMax, description: 'Runs of one chunk before it is given up.' })
  @IsOptional()
  @Max(limits.attemptsMaxMax)
  @Min(1)
  @IsInt()
  max_attempts?: number;

  @ApiProperty({ required: false, type: 'number', minimum: limits.timeLimitSecMin, maximum: limits.timeLimitSecMax, default: limits.softLimitSec, description: 'Seconds after which the kernel is asked to stop a chunk.' })
  @IsOptional()
  @Max(limits.timeLimitSecMax)
  @Min(limits.timeLimitSecMin)
  @IsNumber()
  soft_limit_sec?: number;

  @ApiProperty({ required: false, type: 'number', minimum: limits.timeLimitSecMin, maximum: limits.timeLimitSecMax, default: limits.hardLimitSec, description: 'Seconds after which the thread of a chunk is ended; not less than `soft_limit_sec`.' })
  @IsOptional()
  @Max(limits.timeLimitSecMax)
  @Min(limits.timeLimitSecMin)
  @IsNumber()
  hard_limit_sec?: number;
}

/** A body that fits, in one form. `bare` says where the user wrote the parameters: at the top, or in `params`. */
export interface JobRequest {
  kind: string;
  params: Record<string, unknown>;
  chunks: number | undefined;
  lane: Lane;
  onDeadChunk: SubmitJob['on_dead_chunk'];
  /** What the user said about retries and time; the rest is left to the system's limits. */
  asked: Pick<SubmitJob, 'max_attempts' | 'soft_limit_sec' | 'hard_limit_sec'>;
  bare: boolean;
}

const fields = new Set<string>(['kind', 'params', 'n', 'chunks', 'priority', 'on_dead_chunk', 'max_attempts', 'soft_limit_sec', 'hard_limit_sec']);

/** Throws the refusal (400 or 422) for a body that does not fit. */
export function readEnvelope(body: unknown): JobRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidFields([{ loc: ['body'], msg: 'must be a JSON object like {"kind":"sum","params":{"n":10000}}', type: 'object_type' }]);
  }
  const envelope = Object.assign(new JobEnvelope(), Object.fromEntries(Object.entries(body).filter(([field]) => fields.has(field))));
  const errors = validateSync(envelope, { stopAtFirstError: true });
  const problems = [...unknownFields(body), ...errors.filter((error) => !isOutOfRange(error)).map(fieldProblem), ...formProblems(envelope)];
  if (problems.length > 0) throw invalidFields(problems);
  const [outOfRange] = errors;
  if (outOfRange) throw badRequest(rangeSentences[outOfRange.property] ?? `${outOfRange.property} is out of range.`);
  const bare = envelope.kind === undefined;
  return {
    kind: envelope.kind ?? 'sum',
    params: bare ? { n: envelope.n } : (envelope.params ?? {}),
    chunks: envelope.chunks ?? undefined,
    lane: envelope.priority ?? 'normal',
    onDeadChunk: envelope.on_dead_chunk ?? 'fail',
    asked: { ...(envelope.max_attempts != null && { max_attempts: envelope.max_attempts }), ...timeLimitsOf(envelope) },
    bare,
  };
}

function unknownFields(body: object): FieldProblem[] {
  const unknown = Object.keys(body).filter((field) => !fields.has(field));
  return unknown.map((field) => ({ loc: ['body', field], msg: `unknown field; take it out, or put it into "params" (known: ${[...fields].join(', ')})`, type: 'extra_forbidden' }));
}

/** What does not fit between fields: the bare form has `n` alone, the other has `kind`. */
function formProblems({ kind, params, n }: JobEnvelope): FieldProblem[] {
  if (kind === undefined && params !== undefined) return [{ loc: ['body', 'kind'], msg: 'field required: name a kind of GET /v1/kinds', type: 'missing' }];
  if (kind === undefined && n === undefined) return [{ loc: ['body', 'n'], msg: 'field required: send {"n":10000} or {"kind":"…","params":{…}}', type: 'missing' }];
  if (kind !== undefined && n !== undefined) return [{ loc: ['body', 'n'], msg: 'must be inside "params" when "kind" is given', type: 'extra_forbidden' }];
  return [];
}

function isOutOfRange(error: ValidationError): boolean {
  return error.constraints?.['min'] !== undefined || error.constraints?.['max'] !== undefined;
}

const rangeSentences: Readonly<Record<string, string>> = {
  chunks: `chunks must be between 1 and ${limits.chunkCountMax}.`,
  max_attempts: `max_attempts must be between 1 and ${limits.attemptsMaxMax}.`,
  soft_limit_sec: `soft_limit_sec must be between ${limits.timeLimitSecMin} and ${limits.timeLimitSecMax} seconds.`,
  hard_limit_sec: `hard_limit_sec must be between ${limits.timeLimitSecMin} and ${limits.timeLimitSecMax} seconds.`,
};

/** Both limits when the user gave one; the other follows it where the usual one would not fit. */
function timeLimitsOf({ soft_limit_sec, hard_limit_sec }: JobEnvelope): Pick<SubmitJob, 'soft_limit_sec' | 'hard_limit_sec'> {
  if (soft_limit_sec == null && hard_limit_sec == null) return {};
  const hard = hard_limit_sec ?? Math.max(limits.hardLimitSec, soft_limit_sec!);
  const soft = soft_limit_sec ?? Math.min(limits.softLimitSec, hard);
  if (soft > hard) throw badRequest(`soft_limit_sec (${soft}) must not be more than hard_limit_sec (${hard}).`);
  return { soft_limit_sec: soft, hard_limit_sec: hard };
}

const typeOfConstraint: Readonly<Record<string, [type: string, msg: string]>> = {
  isString: ['string_type', 'must be a string'],
  maxLength: ['string_too_long', 'must be at most 64 characters'],
  isObject: ['object_type', 'must be a JSON object'],
  isInt: ['int_type', 'must be a whole number'],
  isNumber: ['float_type', 'must be a number'],
};

function fieldProblem({ property, constraints = {} }: ValidationError): FieldProblem {
  const [constraint = ''] = Object.keys(constraints);
  const [type, msg] = typeOfConstraint[constraint] ?? ['enum', `must be one of ${(property === 'priority' ? LANES : DeadChunkPolicy.options).join(', ')}`];
  return { loc: ['body', property], msg, type };
}
