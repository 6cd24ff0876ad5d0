/**
 * Holds a job's parameters against the JSON Schema (draft 2020-12) of its kind, and states in the user's words what is wrong:
 * a value out of range is a 400 sentence, a wrong type or a missing or unknown field a 422 list.
 */
import { limits } from '@manyhands/proto';
import { isWrittenExactly } from '@manyhands/proto/json-number';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { codeFieldsOf, codeFlaw, type CodeField } from './code-check.ts';
import { linearPatterns } from './linear-pattern.ts';
import { canonicalJson } from '../edge/canonical-json.ts';
import { didYouMean } from '../edge/near-name.ts';
import { badRequest, cut, invalidFields, listed, Problem, PROBLEMS_MAX, type FieldProblem } from '../edge/problem.ts';

/** Errors that are looked at; there can be one for each value, and each is an object. */
const errorsMax = 200;

/** Checks params, with all that is wrong or, quicker, with the first thing alone. */
export interface ParamsCheck {
  /** Before each check: patterns have their whole budget again. */
  readonly begin: () => void;
  readonly all: ValidateFunction;
  /** Compiled when it is first asked for. */
  readonly first: ValidateFunction;
  /** Fields whose text is JavaScript. */
  readonly code: readonly CodeField[];
}

/** Params so large that what is wrong with them is listed one by one. */
const smallBytesMax = 4 * 1024;

/** Compiles a kind's schema. Throws when it is no JSON Schema. */
export function compileParams(schema: object): ParamsCheck {
  const patterns = linearPatterns();
  const compiled = (allErrors: boolean): ValidateFunction => {
    const code = { regExp: patterns.engine };
    const ajv = new Ajv2020({ allErrors, strict: false, verbose: true, ownProperties: true, code });
    formats.default(ajv);
    ajv.removeKeyword('uniqueItems');
    ajv.addKeyword({
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      errors: false,
      error: { message: 'must NOT have duplicate items' },
      validate: (isAsked: boolean, items: unknown[]) => !isAsked || areDistinct(items),
    });
    ajv.addKeyword({
      keyword: WRITTEN_EXACTLY,
      type: 'number',
      errors: false,
      validate: (_: unknown, value: number) => !Number.isInteger(value) || isWrittenExactly(value),
    });
    return ajv.compile(withExactIntegers(schema) as object);
  };
  let first: ValidateFunction | undefined;
  return {
    begin: patterns.begin,
    all: compiled(true),
    code: codeFieldsOf(schema),
    get first() {
      return (first ??= compiled(false));
    },
  };
}

/** Ajv compares objects each with each: 6 s for 7,000 of them. */
function areDistinct(items: readonly unknown[]): boolean {
  return new Set(items.map((item) => canonicalJson(item))).size === items.length;
}

/** A keyword of ours beside each `"type": "integer"`: the number is the one that its decimal notation states, which 1e23 is not. */
const WRITTEN_EXACTLY = 'x-written-exactly';
/** What stands under these is no schema. */
const dataKeywords = new Set(['const', 'enum', 'default', 'examples', 'example']);

function withExactIntegers(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withExactIntegers);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.entries(schema).map(
    ([key, value]) => [key, dataKeywords.has(key) ? value : withExactIntegers(value)] as const,
  );
  const type = (schema as { type?: unknown }).type;
  const isInteger = type === 'integer' || (Array.isArray(type) && type.includes('integer'));
  return { ...Object.fromEntries(inner), ...(isInteger && { [WRITTEN_EXACTLY]: true }) };
}

/** Throws the refusal for params that do not fit; `bare` params stand at the top of the body. */
export function checkParams(check: ParamsCheck, params: Record<string, unknown>, bare: boolean): void {
  const at = bare ? ['body'] : ['body', 'params'];
  if (isDeeperThan(params, limits.paramsDepthMax))
    throw invalidFields([{ loc: at, msg: `must not be nested deeper than ${limits.paramsDepthMax}`, type: 'too_deep' }]);
  const bytes = Buffer.byteLength(JSON.stringify(params));
  if (bytes > limits.paramsBytesMax)
    throw new Problem(413, `params is ${bytes} bytes as JSON; at most ${limits.paramsBytesMax} are allowed. Send less.`);
  check.begin();
  const found = errorsOf(bytes > smallBytesMax ? check.first : check.all, params);
  if (found === undefined) return demandCode(check.code, params, at);
  const errors = telling(found);
  const shape = errors.filter(isAboutShape);
  if (shape.length > 0)
    throw invalidFields(
      shape.slice(0, PROBLEMS_MAX).map((error) => fieldProblem(error, at)),
      Math.max(0, shape.length - PROBLEMS_MAX),
    );
  throw badRequest(`${[...new Set(errors.slice(0, PROBLEMS_MAX).map((error) => sentence(error)))].join('; ')}.`);
}

/** Throws 422 for JavaScript that cannot run. */
function demandCode(fields: readonly CodeField[], params: Record<string, unknown>, at: readonly string[]): void {
  const flaws = fields.flatMap((field) => {
    const code = Object.hasOwn(params, field.name) ? params[field.name] : undefined;
    const msg = typeof code === 'string' ? codeFlaw(code, field.declares) : undefined;
    return msg === undefined ? [] : [{ loc: [...at, field.name], msg, type: 'value_error' as const }];
  });
  if (flaws.length > 0) throw invalidFields(flaws);
}

/** The first thing that is wrong with any value, as the end of a sentence; undefined when it fits. `whole`: what the value is called. */
export function flawIn(check: ParamsCheck, value: unknown, whole: string): string | undefined {
  check.begin();
  const found = errorsOf(check.first, value);
  if (found === undefined) return undefined;
  const error = telling(found)[0] ?? found[0]!;
  if (!isAboutShape(error)) return sentence(error, whole);
  const { loc, msg } = fieldProblem(error, []);
  return `${cut(loc.join('.')) || whole}: ${msg}`;
}

/** Undefined when the params fit. The function must not keep them: they would stay in memory until the next check. */
function errorsOf(validate: ValidateFunction, params: unknown): ErrorObject[] | undefined {
  const fits = validate(params);
  const errors = validate.errors ?? [];
  validate.errors = null;
  return fits ? undefined : errors;
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
 * The errors that help the client. Under `anyOf`/`oneOf` each branch complains; a branch whose type fits knows best what is wrong, and
 * where no type fits, the choice itself is the error.
 */
function telling(all: readonly ErrorObject[]): ErrorObject[] {
  const errors = firstOf(all);
  const choices = errors.filter(isChoice);
  const isInside = (error: ErrorObject, choice: ErrorObject) =>
    error !== choice &&
    error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
    error.instancePath.startsWith(choice.instancePath);
  const told = errors.filter(
    (error) => !isChoice(error) && error.keyword !== 'if' && !choices.some((choice) => isInside(error, choice)),
  );
  for (const choice of choices) {
    if (choices.some((outer) => isInside(choice, outer))) continue;
    const branches = errors.filter((error) => isInside(error, choice) && !isChoice(error));
    const fitting = branches.filter((error) => error.keyword !== 'type');
    if (fitting.length === 0)
      told.push({ ...choice, keyword: 'type', params: { type: branches.map((branch) => branch.params['type']) } });
    else told.push(...fitting.map((error) => ({ ...error, parentSchema: { ...choice.parentSchema, ...error.parentSchema } })));
  }
  return told;
}

/** Not more than are worth a look, and no choice without the errors of its branches: that comes before it. */
function firstOf(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  if (errors.length <= errorsMax) return errors;
  const first = errors.slice(0, errorsMax);
  const lastChoice = first.findLastIndex(isChoice);
  return errors.some(isChoice) && lastChoice >= 0 ? first.slice(0, lastChoice + 1) : first;
}

function isChoice(error: ErrorObject): boolean {
  return error.keyword === 'anyOf' || error.keyword === 'oneOf';
}

function isAboutShape(error: ErrorObject): boolean {
  return ['type', 'required', 'additionalProperties', 'unevaluatedProperties', 'dependentRequired'].includes(error.keyword);
}

/** A problem has the same type in params as in the other fields of a body. */
const problemTypes: Readonly<Record<string, FieldProblem['type']>> = {
  string: 'string_type',
  integer: 'int_type',
  number: 'float_type',
  boolean: 'bool_type',
  array: 'list_type',
  object: 'object_type',
  null: 'null_type',
};

function fieldProblem(error: ErrorObject, at: readonly string[]): FieldProblem {
  const loc = [...at, ...pathOf(error)];
  if (error.keyword === 'type') {
    const types = [error.params['type']].flat() as string[];
    return { loc, msg: `must be ${types.join(' or ')}`, type: problemTypes[types[0] ?? ''] ?? 'value_error' };
  }
  if (error.keyword === 'required' || error.keyword === 'dependentRequired')
    return { loc: [...loc, String(error.params['missingProperty'])], msg: 'field required', type: 'missing' };
  const field = String(error.params['additionalProperty'] ?? error.params['unevaluatedProperty']);
  const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {}).slice(0, 50);
  return {
    loc: [...loc, field],
    msg: `unknown field; ${didYouMean(field, known, 'take it out')}${known.length > 0 ? ` (known: ${listed(known, 20)})` : ''}`,
    type: 'extra_forbidden',
  };
}

function pathOf(error: ErrorObject): (string | number)[] {
  const parts = error.instancePath.split('/').slice(1);
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** "n must be between 1 and 100" where the schema has both ends, else Ajv's words. */
function sentence(error: ErrorObject, whole = 'params'): string {
  const name = cut(pathOf(error).join('.')) || whole;
  if (error.keyword === WRITTEN_EXACTLY)
    return `${name} is a whole number that JSON does not hold exactly; send all its digits as a string, if the kind takes one, or one that a double holds`;
  const { minimum, maximum } = (error.parentSchema ?? {}) as { minimum?: number; maximum?: number };
  if ((error.keyword === 'minimum' || error.keyword === 'maximum') && minimum !== undefined && maximum !== undefined) {
    return `${name} must be between ${minimum} and ${maximum}`;
  }
  if (error.keyword === 'enum')
    return `${name} must be one of ${listed((error.params['allowedValues'] as unknown[]).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))))}`;
  const { description } = (error.parentSchema ?? {}) as { description?: string };
  if (error.keyword === 'pattern' && description !== undefined) return `${name} is not right: ${description.replace(/\.$/, '')}`;
  return `${name} ${error.message ?? 'is not allowed'}`;
}
