/** Turns what went wrong with a request into sentences for people. */
import { ApiProblem } from '@manyhands/sdk';

export interface FieldProblem {
  /** Where in the request, for example `params.n`. */
  field: string;
  message: string;
}

/** For answers without words of the API; 0: there was none. */
const sentences: Record<number, string> = {
  0: 'The gateway does not answer. It may be starting; try again in a moment.',
  401: 'You are not signed in.',
  404: 'There is no such thing here.',
  413: 'That is more than the system takes in one request.',
  429: 'Too many requests. Wait a moment, then try again.',
  503: 'The system cannot take this right now. Try again in a moment.',
};

/** Whether there is nothing under the id that was asked for, so that trying again helps nothing. */
export function isNone(error: unknown): boolean {
  return error instanceof ApiProblem && [400, 404, 410, 422].includes(error.status);
}

/** One sentence for any thrown value: the API's own, or a plain one. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiProblem && error.fields.length > 0) return 'Some of this cannot be taken as it is.';
  if (error instanceof ApiProblem && !error.fromApi)
    return sentences[error.status] ?? `The gateway answered with an error (${error.status}).`;
  return error instanceof Error && error.message !== '' ? error.message : 'Something went wrong.';
}

/** Each field that cannot be taken, without the word body. */
export function fieldsOf(error: unknown): FieldProblem[] {
  if (!(error instanceof ApiProblem)) return [];
  return error.fields.map(({ loc, msg }) => ({ field: loc.filter((name) => name !== 'body').join('.'), message: msg }));
}
