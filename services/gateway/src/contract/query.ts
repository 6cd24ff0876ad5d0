/** Queries as DTOs: `@Queries(Dto)` describes the parameters of a route, `readQuery(Dto, …)` reads them. Names and number are checked before, by `QueryGuard`. */
import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { badRequest, invalidFields } from '../edge/problem.ts';
import { checkFields, fieldsOf } from './field.ts';

/** The query parameters of a route, from the fields of a DTO. */
export function Queries(dto: new () => object): MethodDecorator {
  const described = [...fieldsOf(dto)].map(([name, { description, ...schema }]) =>
    ApiQuery({ name, required: false, schema: schema as object, ...(typeof description === 'string' && { description }) }),
  );
  return applyDecorators(...described.reverse());
}

/** The query as its DTO, with defaults. Throws the refusal: 422 for values of another type or form, 400 for one out of its range. */
export function readQuery<Dto extends object>(dto: new () => Dto, query: Readonly<Record<string, unknown>>): Dto {
  const known = fieldsOf(dto);
  const given = Object.fromEntries(
    [...known]
      .filter(([name]) => query[name] !== undefined)
      .map(([name, { type, format }]) => [name, valueOf(query[name], type, format)]),
  );
  const read = Object.assign(new dto(), given);
  const { problems, outOfRange } = checkFields(read, 'query');
  if (problems.length > 0) throw invalidFields(problems);
  if (outOfRange !== undefined) throw badRequest(outOfRange);
  const defaults = [...known].filter(([name, field]) => field['default'] !== undefined && given[name] === undefined);
  return Object.assign(read, Object.fromEntries(defaults.map(([name, field]) => [name, field['default']])));
}

/** A text of digits is a whole number where one is asked for. Ids are the same in any case. */
function valueOf(given: unknown, type?: string, format?: string): unknown {
  if (typeof given !== 'string') return given;
  if (type === 'integer') return /^-?\d+$/.test(given) ? Number(given) : given;
  if (type === 'number') return /^\d{1,15}(\.\d{1,9})?$/.test(given) ? Number(given) : given;
  return format === 'uuid' ? given.toLowerCase() : given;
}
