/**
 * Refuses what a route of the API does not know in its query, and what is given there twice or empty: `?staus=failed` would otherwise list everything.
 *
 * What a route knows is what its description states (`@ApiQuery`), so the one cannot differ from the other.
 */
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { didYouMean } from './near-name.ts';
import { invalidFields, PROBLEMS_MAX, type FieldProblem } from './problem.ts';

/** Where `@nestjs/swagger` keeps what `@ApiQuery` states, the last one first. */
const parametersKey = 'swagger/apiParameters';

const ANY_QUERY = Symbol('any query');

/** On a route whose query is written by another system, which may add to it. */
export const AnyQuery = (): MethodDecorator => SetMetadata(ANY_QUERY, true);

@Injectable()
export class QueryGuard implements CanActivate {
  /** Throws 422. */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!isApiAddress(request.url) || Reflect.getMetadata(ANY_QUERY, context.getHandler()) === true) return true;
    const described = (Reflect.getMetadata(parametersKey, context.getHandler()) ?? []) as { in?: string; name?: unknown }[];
    demandKnown(
      request.query as Record<string, unknown>,
      described
        .filter((parameter) => parameter.in === 'query')
        .map(({ name }) => String(name))
        .reverse(),
    );
    return true;
  }
}

/** Whether an address is one that clients write programs against: it refuses what it does not know. Those of operators take anything. */
export function isApiAddress(url: string): boolean {
  return /^\/(v1|api|tasks|jobs)([/?]|$)/.test(url);
}

/** Throws 422 for a query that has more than the known names, each once and with a value. */
export function demandKnown(query: Record<string, unknown>, known: readonly string[]): void {
  const names = Object.keys(query);
  const wrong = names.filter((name) => !known.includes(name) || typeof query[name] !== 'string' || query[name] === '');
  if (wrong.length > 0)
    throw invalidFields(
      wrong.slice(0, PROBLEMS_MAX).map((name) => problemOf(name, query[name], known)),
      Math.max(0, wrong.length - PROBLEMS_MAX),
    );
}

function problemOf(name: string, value: unknown, known: readonly string[]): FieldProblem {
  const loc = ['query', name];
  if (!known.includes(name))
    return {
      loc,
      msg: `unknown parameter; ${didYouMean(name, known, 'take it out')} (known: ${known.join(', ') || 'none'})`,
      type: 'extra_forbidden',
    };
  if (value === '') return { loc, msg: 'is empty; give it a value, or leave it out', type: 'missing' };
  return { loc, msg: 'must be given once', type: 'string_type' };
}
