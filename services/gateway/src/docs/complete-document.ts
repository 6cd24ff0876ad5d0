/**
 * Adds to the description what is true of every route, and writes schemas so that readers of OpenAPI understand them. Pure.
 *
 * Held against two linters (`npx @redocly/cli lint`, `npx @stoplight/spectral-cli lint` with `spectral:oas`): no errors.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { otherRefusal, refusalOf, type RefusalStatus } from './responses.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Json = Record<string, unknown>;

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) if (item[method]) completeOperation(item[method], method, path);
  }
  return readable(document) as OpenAPIObject;
}

/** What every route may be refused with, and every one that changes something. */
const always: readonly RefusalStatus[] = [400, 421, 500, 503];
const whereBodiesAre: readonly RefusalStatus[] = [403, 413, 415];

function completeOperation(operation: Operation, method: (typeof methods)[number], path: string): void {
  operation.description ??= operation.summary ?? '';
  const responses = operation.responses as Json;
  const refusals = [...always, ...(method === 'get' ? [] : whereBodiesAre), ...(path.startsWith('/v1/') ? ([422] as const) : [])];
  for (const status of refusals) responses[status] ??= refusalOf(status);
  responses['default'] ??= otherRefusal();
}

/** Two things that JSON Schema allows and readers stumble over: a tuple that ends with `items: false`, and a choice of which one part is anything. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)])) as Json;
  const { prefixItems, anyOf } = schema;
  if (Array.isArray(prefixItems) && schema['items'] === false)
    return { ...schema, items: { anyOf: distinct(prefixItems) }, minItems: prefixItems.length, maxItems: prefixItems.length };
  if (Array.isArray(anyOf) && anyOf.some((part) => Object.keys(part as object).length === 0)) {
    const { anyOf: _, ...rest } = schema;
    return rest;
  }
  return schema;
}

function distinct(schemas: readonly unknown[]): unknown[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}
