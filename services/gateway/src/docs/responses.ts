/** Says in the API's description what a route answers and how it refuses. */
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { AnswerName } from './schemas.ts';

const refusalTexts = {
  400: 'A value out of range, an unknown kind, or a body that is not JSON.',
  404: 'There is no such job or schedule.',
  409: 'The state it is in does not allow this.',
  410: 'It was there, and is kept no longer.',
  413: 'The body or a part of it is too large.',
  415: 'The body is not sent as JSON.',
  422: 'Wrong types, missing or unknown fields.',
  429: 'A limit of the caller is reached; `Retry-After` says when to try again.',
  503: 'A limit of the system is reached, or NATS is away; `Retry-After` says when to try again.',
} as const;

/** A JSON answer of this shape. */
export function schemaOf(name: AnswerName, description = ''): { description: string; content: { 'application/json': { schema: { $ref: string } } } } {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } };
}

/** The refusals a route can answer with. */
export function refusals(...statuses: (keyof typeof refusalTexts)[]): MethodDecorator {
  return applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({
        status,
        ...schemaOf(status === 422 ? 'FieldProblems' : 'Problem', refusalTexts[status]),
        ...((status === 503 || status === 429) && { headers: { 'retry-after': { description: 'Seconds.', schema: { type: 'integer' } } } }),
      }),
    ),
  );
}
