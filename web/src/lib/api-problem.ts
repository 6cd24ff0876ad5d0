/** Turns what went wrong with a request into sentences for people. */

export interface FieldProblem {
  /** Where in the request, for example `params.n`. */
  field: string;
  message: string;
}

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(
    /** HTTP status; 0 when the gateway did not answer. */
    readonly status: number,
    message: string,
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(message);
  }
}

const sentences: Record<number, string> = {
  0: 'The gateway does not answer. It may be starting; try again in a moment.',
  401: 'You are not signed in.',
  404: 'There is no such thing here.',
  413: 'That is more than the system takes in one request.',
  429: 'Too many requests. Wait a moment, then try again.',
  503: 'The system cannot take this right now. Try again in a moment.',
};

interface DetailItem {
  loc?: unknown[];
  msg?: string;
}

/** The problem in an answer with this status and body: the API's own `detail` first, a plain sentence else. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const detail = typeof body === 'object' && body !== null ? (body as { detail?: unknown }).detail : undefined;
  if (typeof detail === 'string' && detail !== '') return new ApiProblem(status, detail);
  if (Array.isArray(detail) && detail.length > 0) {
    const fields = (detail as DetailItem[]).map(({ loc, msg }) => ({
      field: (loc ?? []).filter((word) => word !== 'body').join('.'),
      message: msg ?? 'is not valid',
    }));
    return new ApiProblem(status, 'Some of this cannot be taken as it is.', fields);
  }
  return new ApiProblem(status, sentences[status] ?? `The gateway answered with an error (${status}).`);
}

/** One sentence for any thrown value. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'Something went wrong.';
}
