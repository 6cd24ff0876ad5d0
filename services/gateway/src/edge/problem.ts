/**
 * The ways a request is refused, in the shapes users know: `{"detail":"a sentence that says what to do"}`, and for wrong types,
 * missing or unknown fields `{"detail":[{"loc":["body","n"],"msg","type"}]}`.
 */
import { HttpException } from '@nestjs/common';

/** One field that is not as it must be. `type` is one of `missing`, `extra_forbidden`, `enum`, `<what>_type`, `value_error`. */
export interface FieldProblem {
  loc: (string | number)[];
  msg: string;
  type: string;
}

/** A refusal as it goes to the user. */
export class Problem extends HttpException {
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSec: number | undefined;

  constructor(status: number, detail: string | FieldProblem[], retryAfterSec?: number) {
    super({ detail }, status);
    this.retryAfterSec = retryAfterSec;
  }
}

export function badRequest(detail: string): Problem {
  return new Problem(400, detail);
}

export function notFound(detail: string): Problem {
  return new Problem(404, detail);
}

/** The job is in a state that forbids this. */
export function conflict(detail: string): Problem {
  return new Problem(409, detail);
}

export function jobNotFound(): Problem {
  return notFound('Job not found.');
}

export function invalidFields(problems: FieldProblem[]): Problem {
  return new Problem(422, problems);
}

export function unavailable(detail: string, retryAfterSec = 2): Problem {
  return new Problem(503, detail, retryAfterSec);
}
