/**
 * Fits a kind's JSON Schema to a form, and the form's value back to the kind.
 *
 * A field that is "a number, or a string of digits when it is too large for one" would be two forms and a switch. People type
 * digits either way, so it becomes one text field; what fits a number exactly is sent as one. A field that takes any object is its JSON as text.
 */
import { digitsOf, exactOf } from '../numbers/typed-number.ts';

type Schema = Record<string, unknown>;
export type Params = Record<string, unknown>;

export interface FormSchema {
  schema: Schema;
  /** Fields that are one text field for a number or a string. */
  digits: ReadonlySet<string>;
  /** Fields whose text is the JSON of an object. */
  objects: ReadonlySet<string>;
  /** Fields whose text is code. */
  code: ReadonlySet<string>;
}

/** Of a text that is the JSON of an object. */
export const OBJECT_FORMAT = 'json-object';
const CODE = 'text/javascript';

/** The schema for the form: without the kind's own title, which stands above it already. */
export function formSchemaOf(schema: Schema): FormSchema {
  const { title: _title, description: _description, examples: _examples, ...rest } = schema;
  const digits = new Set<string>();
  const objects = new Set<string>();
  const code = new Set<string>();
  const properties = Object.entries(isObject(rest['properties']) ? rest['properties'] : {}).map(([name, field]) => {
    if (!isObject(field)) return [name, field];
    const { title, description } = field;
    const words = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) };
    if (field['contentMediaType'] === CODE) code.add(name);
    if (isAnyObject(field)) {
      objects.add(name);
      return [name, { type: 'string', format: OBJECT_FORMAT, ...words }];
    }
    if (!isNumberOrString(field)) return [name, field];
    digits.add(name);
    return [name, { type: 'string', minLength: 1, ...words }];
  });
  return { schema: { ...rest, properties: Object.fromEntries(properties) }, digits, objects, code };
}

/** Parameters as the form holds them. */
export function formValueOf(params: Params, { digits, objects }: FormSchema): Params {
  return mapped(params, (name, value) => {
    if (value === undefined) return value;
    if (objects.has(name)) return JSON.stringify(value, undefined, 2);
    return digits.has(name) ? String(value) : value;
  });
}

/** The form's value as the kind takes it. */
export function paramsOf(value: Params, { digits, objects }: FormSchema): Params {
  return mapped(value, (name, text) => {
    if (objects.has(name) && typeof text === 'string') return objectIn(text) ?? text;
    if (!digits.has(name) || typeof text !== 'string') return text;
    const plain = digitsOf(text);
    return plain === null || plain.includes('.') ? text : exactOf(plain);
  });
}

function mapped(from: Params, change: (name: string, value: unknown) => unknown): Params {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, change(name, value)]));
}

/** The object that a text is the JSON of; undefined when it is of none. */
export function objectIn(text: string): Params | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** It states nothing of what is in it. */
function isAnyObject(field: Schema): boolean {
  return field['type'] === 'object' && !('properties' in field) && !isObject(field['additionalProperties']) && !isComposed(field);
}

function isComposed(field: Schema): boolean {
  return ['patternProperties', 'oneOf', 'anyOf', 'allOf', '$ref', 'enum', 'const'].some((keyword) => keyword in field);
}

function isNumberOrString(field: Schema): boolean {
  const branches = field['oneOf'] ?? field['anyOf'];
  const types = Array.isArray(branches)
    ? branches.map((branch) => (isObject(branch) ? branch['type'] : undefined))
    : field['type'];
  if (!Array.isArray(types) || types.length !== 2 || !types.includes('string')) return false;
  return types.includes('integer') || types.includes('number');
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
