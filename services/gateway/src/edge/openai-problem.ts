/** Refusals in the shape that OpenAI's libraries read: of the routes of files and batches. Pure. */
import type { Answer } from '@manyhands/proto';
import type { FieldProblem } from './problem.ts';

/** Whether an address is one that those libraries use. */
export function isOpenAiAddress(url: string): boolean {
  return /^\/v1\/(files|batches)([/?]|$)/.test(url);
}

export function openAiError(status: number, detail: string | readonly FieldProblem[]): Answer<'OpenAiError'> {
  const problems = typeof detail === 'string' ? [] : detail;
  const message =
    typeof detail === 'string' ? detail : problems.map(({ loc, msg }) => `${loc.slice(1).join('.')}: ${msg}`).join('; ');
  const param = problems[0]?.loc.slice(1).join('.');
  return {
    error: { message, type: typeOf(status), param: param === undefined || param === '' ? null : param, code: codeOf(status) },
  };
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function codeOf(status: number): string | null {
  if (status === 401) return 'invalid_api_key';
  return status === 429 ? 'rate_limit_exceeded' : null;
}
