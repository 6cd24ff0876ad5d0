/**
 * Holds a job's parameters against the JSON Schema (draft 2020-12) of its kind, and says in the user's words what is wrong:
 * a value out of range is a 400 sentence, a wrong type or a missing or unknown field a 422 list.
 */
import { randomUUID } from 'node:crypto';
import { limits } from '@manyhands/proto';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { badRequest, invalidFields, Problem, type FieldProblem } from '../edge/problem.ts';

/** Objects and arrays inside each other. Deeper ones exhaust the stack of whoever reads them. */
const depthMax = 32;

/** What `JSON.parse` makes of `1e400` is none of JSON's numbers, and would be written as null. No text holds this mark by chance. */
const INFINITY = `infinity-${randomUUID()}`;
const infinityShown = (_: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? INFINITY : value);

/** Compiles a kind's schema. Throws when it is no JSON Schema. */
export function compileParams(schema: object): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true, ownProperties: true });
  formats.default(ajv);
  return ajv.compile(schema);
}

/** Throws the refusal for params that do not fit; `bare` params stand at the top of the body. */
export function checkParams(validate: ValidateFunction, params: Record<string, unknown>, bare: boolean): void {
  const at = bare ? ['body'] : ['body', 'params'];
  if (isDeeperThan(params, depthMax)) throw invalidFields([{ loc: at, msg: `must not be nested deeper than ${depthMax}`, type: 'too_deep' }]);
  const bytes = Buffer.byteLength(JSON.stringify(params));
  if (bytes > limits.paramsBytesMax) throw new Problem(413, `params is ${bytes} bytes as JSON; at most ${limits.paramsBytesMax} are allowed. Send less.`);
  if (JSON.stringify(params, infinityShown).includes(INFINITY)) throw invalidFields([{ loc: at, msg: 'holds a number beyond 1.8e308, which would arrive as null', type: 'finite_number' }]);
  if (validate(params)) return;
  const errors = telling(validate.errors ?? []);
  const shape = errors.filter(isAboutShape).map((error) => fieldProblem(error, at));
  if (shape.length > 0) throw invalidFields(shape);
  throw badRequest(`${[...new Set(errors.map(sentence))].join('; ')}.`);
}

/** Whether values are nested deeper; walks level by level, so that depth itself cannot hurt. */
function isDeeperThan(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let at = 0; level.length > 0; at += 1) {
    if (at > depth) return true;
    level = level.flatMap((inner) => (typeof inner === 'object' && inner !== null ? Object.values(inner) : []));
  }
  return false;
}

/**
 * The errors worth telling. Under `anyOf`/`oneOf` each branch complains; a branch whose type fits knows best what is wrong, and
 * where no type fits, the choice itself is the error.
 */
function telling(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = errors.filter(isChoice);
  const isInside = (error: ErrorObject, choice: ErrorObject) => error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`);
  const told = errors.filter((error) => !isChoice(error) && error.keyword !== 'if' && !choices.some((choice) => isInside(error, choice)));
  for (const choice of choices) {
    if (choices.some((outer) => isInside(choice, outer))) continue;
    const branches = errors.filter((error) => isInside(error, choice) && !isChoice(error));
    const fitting = branches.filter((error) => error.keyword !== 'type');
    if (fitting.length === 0) told.push({ ...choice, keyword: 'type', params: { type: branches.map((branch) => branch.params['type']) } });
    else told.push(...fitting.map((error) => ({ ...error, parentSchema: { ...choice.parentSchema, ...error.parentSchema } })));
  }
  return told;
}

function isChoice(error: ErrorObject): boolean {
  return error.keyword === 'anyOf' || error.keyword === 'oneOf';
}

function isAboutShape(error: ErrorObject): boolean {
  return ['type', 'required', 'additionalProperties', 'unevaluatedProperties', 'dependentRequired'].includes(error.keyword);
}

function fieldProblem(error: ErrorObject, at: readonly string[]): FieldProblem {
  const loc = [...at, ...pathOf(error)];
  if (error.keyword === 'type') return { loc, msg: `must be ${[error.params['type']].flat().join(' or ')}`, type: `${[error.params['type']].flat()[0]}_type` };
  if (error.keyword === 'required' || error.keyword === 'dependentRequired') return { loc: [...loc, String(error.params['missingProperty'])], msg: 'field required', type: 'missing' };
  const field = error.params['additionalProperty'] ?? error.params['unevaluatedProperty'];
  return { loc: [...loc, String(field)], msg: 'unknown field; take it out', type: 'extra_forbidden' };
}

function pathOf(error: ErrorObject): (string | number)[] {
  const parts = error.instancePath.split('/').slice(1);
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** "n must be between 1 and 100" where the schema has both ends, else Ajv's words. */
function sentence(error: ErrorObject): string {
  const name = pathOf(error).join('.') || 'params';
  const { minimum, maximum } = (error.parentSchema ?? {}) as { minimum?: number; maximum?: number };
  if ((error.keyword === 'minimum' || error.keyword === 'maximum') && minimum !== undefined && maximum !== undefined) {
    return `${name} must be between ${minimum} and ${maximum}`;
  }
  if (error.keyword === 'enum') return `${name} must be one of ${(error.params['allowedValues'] as unknown[]).map(String).join(', ')}`;
  const { description } = (error.parentSchema ?? {}) as { description?: string };
  if (error.keyword === 'pattern' && description !== undefined) return `${name} is not right: ${description.replace(/\.$/, '')}`;
  return `${name} ${error.message ?? 'is not allowed'}`;
}
