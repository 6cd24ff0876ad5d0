/**
 * Reads what is to run from the body of `POST /v1/jobs`, before anything is known about its kind.
 *
 * Two forms: `{"kind":"primes","params":{"n":200000},"chunks":16,"priority":"high"}`, and the bare `{"n":10000,"chunks":8}`,
 * which is the kind `sum`. Wrong types, missing and unknown fields are 422; numbers out of range are 400.
 */
import type { Lane, SubmitJob } from '@manyhands/proto';
import { checkFields } from '../contract/field.ts';
import { didYouMean } from '../edge/near-name.ts';
import { badRequest, invalidFields, PROBLEMS_MAX, type FieldProblem } from '../edge/problem.ts';
import { readSource, type InputSource } from '../inputs/input-source.ts';
import { readBounds, type AskedBounds } from './job-bounds.ts';
import { JOB_FIELDS, JobBody } from './job-body.ts';
import type { AskedLimits } from './job-limits.ts';

/** A body that fits, in one form. `bare` states where the user wrote the parameters: at the top, or in `params`. */
export interface JobRequest {
  kind: string;
  params: Record<string, unknown>;
  chunks: number | undefined;
  lane: Lane;
  /** Undefined: as the kind has it. */
  onDeadChunk: SubmitJob['on_dead_chunk'] | undefined;
  bounds: AskedBounds;
  source: InputSource | undefined;
  /** What the user chose for retries and time; the rest is left to the kind's and the system's limits. */
  asked: AskedLimits;
  bare: boolean;
}

/** Throws the refusal (400 or 422) for a body that does not fit. */
export function readEnvelope(body: unknown): JobRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidFields([
      { loc: ['body'], msg: 'must be a JSON object like {"kind":"sum","params":{"n":10000}}', type: 'object_type' },
    ]);
  }
  const envelope = Object.assign(
    new JobBody(),
    Object.fromEntries(
      JOB_FIELDS.filter((field) => Object.hasOwn(body, field)).map((field) => [field, (body as Record<string, unknown>)[field]]),
    ),
  );
  const { problems: unfit, outOfRange } = checkFields(envelope, 'body');
  const unknown = Object.keys(body).filter((field) => !JOB_FIELDS.includes(field));
  const { bounds, problems: unbounded } = readBounds(envelope);
  const { source, problems: sourceless } = readSource(envelope);
  const problems = [
    ...unfit,
    ...unbounded,
    ...sourceless,
    ...formProblems(envelope),
    ...unknown.slice(0, PROBLEMS_MAX).map(unknownField),
  ];
  if (problems.length > 0) throw invalidFields(problems, Math.max(0, unknown.length - PROBLEMS_MAX));
  if (outOfRange !== undefined) throw badRequest(outOfRange);
  const bare = envelope.kind === undefined;
  return {
    kind: envelope.kind ?? 'sum',
    params: bare ? { n: envelope.n } : (envelope.params ?? {}),
    chunks: envelope.chunks ?? undefined,
    lane: envelope.priority ?? 'normal',
    onDeadChunk: envelope.on_dead_chunk ?? undefined,
    bounds,
    source,
    asked: askedIn(envelope),
    bare,
  };
}

function unknownField(field: string): FieldProblem {
  return {
    loc: ['body', field],
    msg: `unknown field; ${didYouMean(field, JOB_FIELDS, 'take it out, or put it into "params"')} (known: ${JOB_FIELDS.join(', ')})`,
    type: 'extra_forbidden',
  };
}

/** What does not fit between fields: the bare form has `n` alone, the other has `kind`. */
function formProblems({ kind, params, n }: JobBody): FieldProblem[] {
  if (kind === undefined && params !== undefined)
    return [{ loc: ['body', 'kind'], msg: 'field required: name a kind of GET /v1/kinds', type: 'missing' }];
  if (kind === undefined && n === undefined)
    return [{ loc: ['body', 'n'], msg: 'field required: send {"n":10000} or {"kind":"…","params":{…}}', type: 'missing' }];
  if (kind !== undefined && n !== undefined)
    return [{ loc: ['body', 'n'], msg: 'must be inside "params" when "kind" is given', type: 'extra_forbidden' }];
  return [];
}

function askedIn({ max_attempts, soft_limit_sec, hard_limit_sec }: JobBody): AskedLimits {
  return {
    ...(max_attempts != null && { max_attempts }),
    ...(soft_limit_sec != null && { soft_limit_sec }),
    ...(hard_limit_sec != null && { hard_limit_sec }),
  };
}
