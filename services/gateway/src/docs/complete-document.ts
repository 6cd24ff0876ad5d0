/**
 * Adds to the description what is true of every route, and writes schemas so that readers of OpenAPI understand them. Pure.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { ACCESS_EXTENSION, accessOf, type Access } from '../identity/access.ts';
import { isOpenAiAddress } from '../edge/openai-problem.ts';
import { isApiAddress } from '../edge/query-guard.ts';
import { otherRefusal, refusalOf, type RefusalStatus } from './responses.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Json = Record<string, unknown>;

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** How the description calls what a caller shows. */
const BEARER = 'bearer';

export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  document.components = {
    ...document.components,
    securitySchemes: {
      [BEARER]: {
        type: 'http',
        scheme: 'bearer',
        description: 'An API key, or the access token of who signed in. Each route states the scope it needs.',
      },
    },
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) if (item[method]) completeOperation(item[method], method, path);
  }
  return readable(document) as OpenAPIObject;
}

/** What every route may be refused with, those that ask who sends a request, and those that change something. */
const always: readonly RefusalStatus[] = [400, 421, 500, 503];
const whereCallersAre: readonly RefusalStatus[] = [401, 403, 429];
const whereBodiesAre: readonly RefusalStatus[] = [403, 413, 415];

function completeOperation(operation: Operation, method: (typeof methods)[number], path: string): void {
  operation.description ??= operation.summary ?? '';
  const responses = operation.responses as Json;
  const extended = operation as Operation & { [ACCESS_EXTENSION]?: Access };
  const access = accessOf(extended[ACCESS_EXTENSION], method.toUpperCase());
  delete extended[ACCESS_EXTENSION];
  operation.security = access === 'public' ? [] : [{ [BEARER]: [access] }];
  const refusals = [
    ...always,
    ...(access === 'public' ? [] : whereCallersAre),
    ...(method === 'get' ? [] : whereBodiesAre),
    ...('x-limits' in operation ? ([429] as const) : []),
    ...(isApiAddress(path) ? ([422] as const) : []),
  ];
  const shape = isOpenAiAddress(path) ? 'OpenAiError' : undefined;
  for (const status of refusals) responses[status] ??= refusalOf(status, shape);
  responses['default'] ??= otherRefusal();
  for (const response of Object.values(responses) as { headers?: object }[])
    if ('x-limits' in operation) response.headers = { ...response.headers, ...rateHeaderDocs };
}

/** On every answer of a route that counts its requests. */
const rateHeaderDocs = {
  ratelimit: {
    description:
      'Of each limit that the request counts under, how many more are allowed now (`r`), and the seconds until it is more (`t`); as of draft-ietf-httpapi-ratelimit-headers.',
    schema: { type: 'string' },
    example: '"submits";r=9;t=61',
  },
  'ratelimit-policy': {
    description: 'Of each, how many are allowed (`q`) in how many seconds (`w`).',
    schema: { type: 'string' },
    example: '"submits";q=10;w=60',
  },
} as const;

/**
 * Two things that JSON Schema allows and readers stumble over: a choice of which one part is anything, and a tuple, of which only the length and what can be in
 * it is stated (Schemathesis checks no answer that has a `prefixItems` anywhere).
 */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)])) as Json;
  const { prefixItems, anyOf } = schema;
  if (Array.isArray(prefixItems) && schema['items'] === false) {
    const { prefixItems: _, ...rest } = schema;
    const kinds = distinct(prefixItems);
    const items = kinds.length === 1 ? kinds[0] : { anyOf: kinds };
    return { ...rest, items, minItems: prefixItems.length, maxItems: prefixItems.length };
  }
  if (Array.isArray(anyOf) && anyOf.some((part) => Object.keys(part as object).length === 0)) {
    const { anyOf: _, ...rest } = schema;
    return rest;
  }
  return schema;
}

function distinct(schemas: readonly unknown[]): unknown[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}
