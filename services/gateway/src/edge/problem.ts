/**
 * The ways a request is refused, in the shapes users know: `{"detail":"a sentence that says what to do"}`, and for wrong types,
 * missing or unknown fields `{"detail":[{"loc":["body","n"],"msg","type"}]}`.
 *
 * Invariant: a refusal is at most 16 KB, whatever was sent: names are cut, and after the first problems it states how many more there are.
 */
import { HttpException } from '@nestjs/common';
import type { FieldProblem } from '@manyhands/proto';

export type { FieldProblem };

/** Problems that are listed one by one; making more is a waste. */
export const PROBLEMS_MAX = 10;
const problemBytesMax = 12 * 1024;
const nameCharsMax = 64;
const pathLengthMax = 12;
const msgCharsMax = 600;
const detailCharsMax = 2_000;

/** A refusal as it goes to the user. */
export class Problem extends HttpException {
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSec: number | undefined;

  /** `untold`: problems beyond those in `detail`. */
  constructor(status: number, detail: string | FieldProblem[], retryAfterSec?: number, untold = 0) {
    super({ detail: typeof detail === 'string' ? cut(detail, detailCharsMax) : told(detail, untold) }, status);
    if (typeof detail === 'string') this.message = cut(detail, detailCharsMax);
    this.retryAfterSec = retryAfterSec;
  }
}

/** The beginning of a text that came from outside, to be named in a sentence. */
export function cut(text: string, charsMax = nameCharsMax): string {
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}

/** "a, b, c and 7 more". */
export function listed(names: readonly string[], countMax = 50): string {
  const shown = names.slice(0, countMax).map((name) => cut(name));
  return `${shown.join(', ')}${names.length > countMax ? ` and ${names.length - countMax} more` : ''}`;
}

function told(problems: readonly FieldProblem[], untold: number): FieldProblem[] {
  const first: FieldProblem[] = [];
  let bytes = 0;
  for (const problem of problems.slice(0, PROBLEMS_MAX)) {
    const short = { loc: shortPath(problem.loc), msg: cut(problem.msg, msgCharsMax), type: problem.type };
    bytes += Buffer.byteLength(JSON.stringify(short));
    if (first.length > 0 && bytes > problemBytesMax) break;
    first.push(short);
  }
  const more = problems.length - first.length + untold;
  return more === 0
    ? first
    : [
        ...first,
        {
          loc: [problems[0]!.loc[0] ?? 'body'],
          msg: `and ${more} more; correct the first ones and send it again`,
          type: 'more',
        },
      ];
}

/** The outermost names of a path, and the innermost. */
function shortPath(loc: FieldProblem['loc']): FieldProblem['loc'] {
  const kept = loc.length > pathLengthMax ? [...loc.slice(0, pathLengthMax - 2), '…', loc.at(-1)!] : loc;
  return kept.map((part) => (typeof part === 'string' ? cut(part) : part));
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

/** It was there, and is not any more. */
export function gone(detail: string): Problem {
  return new Problem(410, detail);
}

export function jobNotFound(): Problem {
  return notFound('Job not found.');
}

/** `untold`: problems without a sentence, because there are enough. */
export function invalidFields(problems: FieldProblem[], untold = 0): Problem {
  return new Problem(422, problems, undefined, untold);
}

export function unavailable(detail: string, retryAfterSec = 2): Problem {
  return new Problem(503, detail, retryAfterSec);
}
