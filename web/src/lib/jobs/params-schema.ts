/**
 * Fits a kind's JSON Schema to a form, and the form's value back to the kind.
 *
 * A field that is "a number, or a string of digits when it is too large for one" would be two forms and a switch. People type
 * digits either way, so it becomes one text field; what fits a number exactly is sent as one.
 */

type Schema = Record<string, unknown>;
export type Params = Record<string, unknown>;

export interface FormSchema {
  schema: Schema;
  /** Fields that are one text field for a number or a string. */
  digits: ReadonlySet<string>;
}

/** The schema for the form: without the kind's own title, which stands above it already. */
export function formSchemaOf(schema: Schema): FormSchema {
  const { title: _title, description: _description, examples: _examples, ...rest } = schema;
  const digits = new Set<string>();
  const properties = Object.entries(isObject(rest['properties']) ? rest['properties'] : {}).map(([name, field]) => {
    if (!isObject(field) || !isNumberOrString(field)) return [name, field];
    digits.add(name);
    const { title, description } = field;
    return [
      name,
      { type: 'string', minLength: 1, ...(title !== undefined && { title }), ...(description !== undefined && { description }) },
    ];
  });
  return { schema: { ...rest, properties: Object.fromEntries(properties) }, digits };
}

/** Parameters as the form holds them. */
export function formValueOf(params: Params, { digits }: FormSchema): Params {
  return mapped(params, (name, value) => (digits.has(name) && value !== undefined ? String(value) : value));
}

/** The form's value as the kind takes it. */
export function paramsOf(value: Params, { digits }: FormSchema): Params {
  return mapped(value, (name, text) => {
    if (!digits.has(name) || typeof text !== 'string') return text;
    const plain = text.replaceAll(/[\s,_]/g, '');
    return /^-?\d+$/.test(plain) ? (Number.isSafeInteger(Number(plain)) ? Number(plain) : plain) : text;
  });
}

function mapped(from: Params, change: (name: string, value: unknown) => unknown): Params {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, change(name, value)]));
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
