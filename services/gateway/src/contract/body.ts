/** Reads a JSON body into its DTO. (The body of a job has more to it: `submit/job-envelope.ts`.) */
import { didYouMean } from '../edge/near-name.ts';
import { badRequest, invalidFields, PROBLEMS_MAX, type FieldProblem } from '../edge/problem.ts';
import { checkFields, fieldsOf } from './field.ts';

/** A field that is null counts as left out, and an id is the same in any case. Throws the refusal: 422 for wrong types or forms, unknown and missing fields, 400 for a number out of range. */
export function readBody<Dto extends object>(dto: new () => Dto, body: unknown): Dto {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidFields([{ loc: ['body'], msg: 'must be a JSON object', type: 'object_type' }]);
  const fields = fieldsOf(dto);
  const known = [...fields.keys()];
  const given = Object.entries(body).filter(([name, value]) => value !== null || !fields.has(name));
  const names = new Set(given.map(([name]) => name));
  const values = given.flatMap(([name, value]) => {
    const field = fields.get(name);
    return field === undefined
      ? []
      : [[name, field.format === 'uuid' && typeof value === 'string' ? value.toLowerCase() : value]];
  });
  const read = Object.assign(new dto(), Object.fromEntries(values));
  const { problems, outOfRange } = checkFields(read, 'body');
  const unknown = [...names].filter((name) => !fields.has(name));
  const missing = known.filter((name) => fields.get(name)!['required'] === true && !names.has(name));
  const all: FieldProblem[] = [
    ...problems,
    ...missing.map((name): FieldProblem => ({ loc: ['body', name], msg: 'is missing', type: 'missing' })),
    ...unknown.slice(0, PROBLEMS_MAX).map((name): FieldProblem => ({
      loc: ['body', name],
      msg: `unknown field; ${didYouMean(name, known, 'take it out')} (known: ${known.join(', ')})`,
      type: 'extra_forbidden',
    })),
  ];
  if (all.length > 0) throw invalidFields(all, Math.max(0, unknown.length - PROBLEMS_MAX));
  if (outOfRange !== undefined) throw badRequest(outOfRange);
  return read;
}
