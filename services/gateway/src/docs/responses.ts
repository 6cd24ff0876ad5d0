/** Says in the API's description what a route answers and how it refuses. */
import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import type { AnswerName } from './schemas.ts';

const refusalTexts = {
  400: 'A value out of range, an unknown kind, or a body that is not JSON.',
  404: 'There is no such job or schedule.',
  409: 'The state it is in does not allow this.',
  410: 'It was there, and is kept no longer.',
  413: 'The body or a part of it is too large.',
  415: 'The body is not sent as JSON.',
  421: 'The gateway is not known under this host name (MANYHANDS_ORIGINS).',
  422: 'Wrong types, missing or unknown fields or query parameters.',
  429: 'A limit of the caller is reached; `Retry-After` says when to try again.',
  503: 'A limit of the system is reached, or NATS is away; `Retry-After` says when to try again.',
} as const;

/** A JSON answer of this shape. */
export function schemaOf(
  name: AnswerName,
  description = '',
): { description: string; content: { 'application/json': { schema: { $ref: string } } } } {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } };
}

export type RefusalStatus = keyof typeof refusalTexts;

/** How a refusal is described. */
export function refusalOf(status: RefusalStatus): object {
  return {
    ...schemaOf(status === 422 ? 'FieldProblems' : 'Problem', refusalTexts[status]),
    ...((status === 503 || status === 429) && {
      headers: { 'retry-after': { description: 'Seconds.', schema: { type: 'integer' } } },
    }),
  };
}

/** The refusals a route can answer with. */
export function refusals(...statuses: RefusalStatus[]): MethodDecorator {
  return applyDecorators(...statuses.map((status) => ApiResponse({ status, ...refusalOf(status) } as ApiResponseOptions)));
}
