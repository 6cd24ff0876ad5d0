/**
 * Turns whatever was thrown into the answer a user gets: the only place that maps errors to HTTP.
 *
 * Invariant: an answer of 4xx or 5xx is JSON with a `detail` (of the routes of batches, as OpenAI has it); what we did not expect is logged with its stack and answered
 * with a plain sentence, never with the stack.
 */
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { isManyhandsError, limits, type ErrorCode } from '@manyhands/proto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOpenAiAddress, openAiError } from './openai-problem.ts';
import { notFound, Problem, unavailable, type FieldProblem } from './problem.ts';

const statusOf: Partial<Record<ErrorCode, number>> = {
  bad_request: 400,
  unknown_kind: 400,
  not_found: 404,
  input_lost: 410,
  too_large: 413,
  unavailable: 503,
  revision_conflict: 503,
};

/** What a route may have stated of the answer that it then could not give. */
const headersOfContent = ['accept-ranges', 'content-disposition', 'content-length', 'etag'];

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('edge');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FastifyRequest>();
    if (isAbandoned(error, reply)) return;
    const problem = problemOf(error, `${request.method} ${request.url?.split('?')[0]}`);
    if (problem === undefined) this.#log.error(error instanceof Error ? error.stack : String(error));
    if (reply.sent || reply.raw?.headersSent) return;
    for (const name of headersOfContent) reply.removeHeader(name);
    const answer = problem ?? new Problem(500, 'The gateway failed to answer this request; the error is in its log. Try again.');
    if (answer.getStatus() !== 416) reply.removeHeader('content-range');
    if (answer.retryAfterSec !== undefined) reply.header('retry-after', answer.retryAfterSec);
    if (answer.getStatus() === 401) reply.header('www-authenticate', 'Bearer');
    const { detail } = answer.getResponse() as { detail: string | FieldProblem[] };
    const body = isOpenAiAddress(request.url ?? '') ? openAiError(answer.getStatus(), detail) : { detail };
    void reply.code(answer.getStatus()).type('application/json; charset=utf-8').send(JSON.stringify(body));
  }
}

/** The client left before the first byte of a stream, which was ended because of that: nothing failed here, and no client is there to answer. */
function isAbandoned(error: unknown, { raw }: FastifyReply): boolean {
  return raw?.destroyed && error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** The refusal for an error, or undefined when the error was not expected. `route` is named where it was not found. */
export function problemOf(error: unknown, route: string): Problem | undefined {
  if (error instanceof Problem) return error;
  if (isManyhandsError(error)) {
    const status = statusOf[error.code];
    if (status === 503) return unavailable(error.message);
    return status === undefined ? undefined : new Problem(status, error.message);
  }
  if (!(error instanceof HttpException)) return problemOfHttpServer(error);
  if (error.getStatus() === 404) return notFound(`There is no ${route}.${hintFor(route)} The API is described at /reference.`);
  return problemOfHttpServer(error.cause) ?? new Problem(error.getStatus(), error.message);
}

/** Clients put an address together from a base and a path. */
function hintFor(route: string): string {
  return / \/\//.test(route) ? ' It begins with two slashes: leave out the one at the end of the base address.' : '';
}

interface ServerError {
  code: string;
  statusCode: number;
  message: string;
}

/** Fastify's own refusals, each with a sentence that states what to do. */
function problemOfHttpServer(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { code = '', statusCode, message } = error as unknown as ServerError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Problem(
      413,
      `The body is larger than ${limits.bodyBytesMax / 1024 ** 2} MiB; send less, or split the work into several jobs.`,
    );
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Problem(415, 'Send the body as JSON with the header "Content-Type: application/json".');
  return statusCode >= 400 && statusCode < 500 ? new Problem(statusCode, message) : undefined;
}
