/** States in the API's description what a route answers and how it refuses. */
import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import type { AnswerName } from '@manyhands/proto';

const refusalTexts = {
  400: 'A value out of range, an unknown kind, or a body that is not JSON.',
  401: 'Nothing shows who sends this, or what does is not good (any more): sign in, or send an API key.',
  403: 'The role or the scope of the caller does not allow this, or it comes from a page of another origin (MANYHANDS_ORIGINS).',
  404: 'No job, schedule or input has this id.',
  409: 'The state of the job or schedule does not allow this.',
  410: 'It existed, and is kept no longer.',
  413: 'The body or a part of it is too large.',
  415: 'The body is not sent as JSON, or an input in no known form.',
  416: '`Range` asks for bytes that are not there; `Content-Range` states how many there are.',
  421: 'The gateway is not known under this host name (MANYHANDS_ORIGINS).',
  422: 'Wrong types or forms, missing or unknown fields or query parameters.',
  429: 'A limit of the caller is reached; `Retry-After` is when to try again.',
  500: 'Something went wrong in the gateway; its log has the reason.',
  503: 'A limit of the system is reached, or NATS is away; `Retry-After` is when to try again.',
} as const;

/** What a connection or a malformed request is refused with, before any route is known. */
const otherRefusals = {
  405: 'not a method of this address (`Allow` lists them)',
  408: 'the request did not come in time',
  414: 'the address is too long',
  417: 'the gateway expects nothing but `100-continue`',
  426: 'this is a WebSocket',
  431: 'the headers are too large',
} as const;

/** A JSON answer of this shape. */
export function schemaOf(
  name: AnswerName,
  description = '',
): { description: string; content: { 'application/json': { schema: { $ref: string } } } } {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } };
}

export type RefusalStatus = keyof typeof refusalTexts;

/** How a refusal is described; `shape` where it has another than the usual. */
export function refusalOf(status: RefusalStatus, shape?: AnswerName): object {
  return {
    ...schemaOf(shape ?? (status === 422 ? 'FieldProblems' : 'Problem'), refusalTexts[status]),
    ...((status === 503 || status === 429) && {
      headers: { 'retry-after': { description: 'Seconds.', schema: { type: 'integer' } } },
    }),
    ...(status === 401 && {
      headers: { 'www-authenticate': { description: '`Bearer`.', schema: { type: 'string' } } },
    }),
  };
}

/** Any refusal that has no entry of its own. */
export function otherRefusal(): object {
  const texts = Object.entries(otherRefusals).map(([status, text]) => `${status}: ${text}`);
  return schemaOf('Problem', `Any other refusal has this shape, too. ${texts.join('; ')}.`);
}

/** The refusals a route can answer with, beside those of every route (`completeDocument`). */
export function refusals(...statuses: RefusalStatus[]): MethodDecorator {
  return applyDecorators(...statuses.map((status) => ApiResponse({ status, ...refusalOf(status) } as ApiResponseOptions)));
}

/** The same on routes that refuse as OpenAI does. */
export function openAiRefusals(...statuses: RefusalStatus[]): MethodDecorator {
  return applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, ...refusalOf(status, 'OpenAiError') } as ApiResponseOptions)),
  );
}
