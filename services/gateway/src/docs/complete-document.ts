/**
 * Adds to the description what is true of every route, and writes schemas so that readers of OpenAPI understand them. Pure.
 *
 * Held against two linters (`npx @redocly/cli lint`, `npx @stoplight/spectral-cli lint` with `spectral:oas`): no errors.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { refusalOf } from './responses.ts';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Json = Record<string, unknown>;

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) if (item[method]) completeOperation(item[method], path);
  }
  return readable(document) as OpenAPIObject;
}

function completeOperation(operation: Operation, path: string): void {
  // A route with two addresses; the first keeps the name.
  operation.operationId = operation.operationId?.replace('[0]', '').replace(/\[\d+\]$/, '_alias') ?? path;
  operation.description ??= operation.summary ?? '';
  const responses = operation.responses as Json;
  if (path.startsWith('/v1/')) responses['422'] ??= refusalOf(422);
  responses['421'] ??= refusalOf(421);
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
