/**
 * Parameters as options: `--min-length 3 --words many --words hands` for what the JSON Schema of a kind names. Pure.
 *
 * Only the type of a field is read here; whether the value is right is checked by the gateway, with the whole schema.
 */
import { exactNumber } from '@manyhands/proto/json-number';
import { CommandEnd, usage } from '../exit.ts';
import { exactJson } from './exact-json.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type Params = Record<string, unknown>;

type Type = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object' | 'null';

/** Throws a sentence that names the options of the kind. */
export function paramsFromFlags(tokens: readonly string[], schema: JsonSchema, kind: string): Params {
  const fields = fieldsOf(schema);
  const params: Params = {};
  const left = [...tokens];
  for (let token = left.shift(); token !== undefined; token = left.shift()) {
    if (!token.startsWith('--') || token === '--')
      throw usage(`${JSON.stringify(token)} is no option of ${kind}. ${takes(fields, kind)}`);
    const [, written = '', given] = /^--([^=]*)(?:=([^]*))?$/.exec(token) ?? [];
    const { name, field, negated } = fieldFor(written, fields, schema, kind);
    const types = typesOf(field);
    if (types.has('boolean') && types.size === 1 && given === undefined) {
      const next = left[0];
      const stated = !negated && (next === 'true' || next === 'false') ? left.shift() : 'true';
      params[name] = (stated === 'true') !== negated;
      continue;
    }
    const text = given ?? left.shift();
    if (text === undefined) throw usage(`--${written} needs a value. ${takes(fields, kind)}`);
    const value = valueOf(text, field, `--${written}`);
    params[name] =
      types.has('array') && !Array.isArray(value) ? [...((params[name] as unknown[] | undefined) ?? []), value] : value;
  }
  return params;
}

/** For `--help`: one row an option. */
export function flagRows(schema: JsonSchema): [string, string][] {
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : []);
  return Object.entries(fieldsOf(schema)).map(([name, field]) => {
    const types = [...typesOf(field)];
    const about = typeof field['description'] === 'string' ? field['description'] : '';
    const shown = Array.isArray(field['enum']) ? (field['enum'] as unknown[]).join('|') : types.join('|') || 'value';
    const more = [
      required.has(name) ? 'required' : '',
      field['default'] === undefined ? '' : `default ${JSON.stringify(field['default'])}`,
      types.includes('array') ? 'may be given several times' : '',
    ].filter((text) => text !== '');
    return [
      `--${kebab(name)}${shown === 'boolean' ? '' : ` <${shown}>`}`,
      [about, more.length > 0 ? `(${more.join(', ')})` : ''].filter((text) => text !== '').join(' '),
    ];
  });
}

function fieldsOf(schema: JsonSchema): Record<string, JsonSchema> {
  const fields = schema['properties'];
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, JsonSchema>) : {};
}

interface FoundField {
  name: string;
  field: JsonSchema;
  negated: boolean;
}

function fieldFor(written: string, fields: Record<string, JsonSchema>, schema: JsonSchema, kind: string): FoundField {
  const byName = (text: string): string | undefined => Object.keys(fields).find((name) => name === text || kebab(name) === text);
  const name = byName(written);
  if (name !== undefined) return { name, field: fields[name]!, negated: false };
  const negated = written.startsWith('no-') ? byName(written.slice(3)) : undefined;
  if (negated !== undefined && typesOf(fields[negated]!).has('boolean'))
    return { name: negated, field: fields[negated]!, negated: true };
  if (schema['additionalProperties'] === false || written === '')
    throw usage(`${kind} has no parameter --${written}. ${takes(fields, kind)}`);
  return { name: written, field: {}, negated: false };
}

function takes(fields: Record<string, JsonSchema>, kind: string): string {
  const names = Object.keys(fields).map((name) => `--${kebab(name)}`);
  return `It takes ${names.join(', ') || 'no parameters'}; "manyhands kinds show ${kind}" describes them.`;
}

const numberText = /^[+-]?(?:\d+(?:_\d+)*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i;

function valueOf(text: string, field: JsonSchema, option: string): unknown {
  const types = typesOf(field);
  const isAny = types.size === 0;
  if ((types.has('number') || types.has('integer') || isAny) && numberText.test(text)) {
    const literal = text
      .replaceAll('_', '')
      .replace(/^\+/, '')
      .replace(/(?<!\d)\./, '0.');
    const value = exactNumber(literal);
    // A whole number that JavaScript cannot hold travels as its digits, where the kind takes them.
    const digits = types.has('string') && !Number.isSafeInteger(value) ? wholeDigits(literal) : undefined;
    if (digits !== undefined) return digits;
    if (typeof value === 'number') return value;
    if (!types.has('string')) throw usage(`${option}: ${value}.`);
  }
  if ((types.has('boolean') || isAny) && (text === 'true' || text === 'false')) return text === 'true';
  if ((types.has('null') || isAny) && text === 'null') return null;
  if ((types.has('array') || types.has('object') || isAny) && /^\s*[[{]/.test(text)) return jsonOf(text, option);
  if (types.has('array')) return valueOf(text, (field['items'] as JsonSchema | undefined) ?? {}, option);
  if (types.has('string') || isAny) return text;
  throw usage(`${option} must be of the type ${[...types].join(' or ')} (it is ${JSON.stringify(text)}).`);
}

/** `25e3` as `25000`; undefined for what is no whole number, or one of hundreds of digits. */
function wholeDigits(literal: string): string | undefined {
  const [, minus = '', whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e\+?(\d{1,3}))?$/i.exec(literal) ?? [];
  if (whole === undefined || fraction.length > Number(exponent)) return undefined;
  return minus + (whole + fraction.padEnd(Number(exponent), '0')).replace(/^0+(?=\d)/, '');
}

function jsonOf(text: string, option: string): unknown {
  try {
    return exactJson(text, option);
  } catch (error) {
    if (error instanceof CommandEnd) throw error;
    throw usage(`${option} is not valid JSON: ${(error as Error).message}`);
  }
}

function typesOf(field: JsonSchema): Set<Type> {
  const own = field['type'];
  const types = new Set<Type>(Array.isArray(own) ? (own as Type[]) : typeof own === 'string' ? [own as Type] : []);
  for (const list of [field['anyOf'], field['oneOf']])
    for (const each of Array.isArray(list) ? (list as JsonSchema[]) : []) for (const type of typesOf(each)) types.add(type);
  for (const value of Array.isArray(field['enum']) ? (field['enum'] as unknown[]) : [field['const']])
    if (own === undefined && value !== undefined) types.add(value === null ? 'null' : (typeof value as Type));
  return types;
}

function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}
