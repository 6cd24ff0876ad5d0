/** What a JSON Schema validator says of a value, in plain words; what is not known here stays as it is said. Pure. */

import { grouped } from '../numbers/typed-number.ts';

const typeNames: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'yes or no',
  array: 'a list',
  object: 'an object',
  null: 'empty',
};

/** `keyword` is the schema's word that was broken, `said` the validator's sentence (@cfworker/json-schema 4.1). */
export function plainProblem(keyword: string, said: string): string {
  if (keyword === 'type') {
    const wanted = typeNames[/Expected "(\w+)"/.exec(said)?.[1] ?? ''];
    return wanted === undefined ? said : `Must be ${wanted}.`;
  }
  if (keyword === 'required') return `${/required property "([^"]*)"/.exec(said)?.[1] ?? 'A field'} must be filled in.`;
  const limit = /than(?: or equal to)? (-?\d[\d.e+]*?)\.?$/.exec(said)?.[1];
  if (keyword === 'minimum' && limit !== undefined) return `Must be at least ${grouped(limit)}.`;
  if (keyword === 'maximum' && limit !== undefined) return `Must be at most ${grouped(limit)}.`;
  if (keyword === 'format' && said.includes('"json-object"')) return 'Must be a JSON object, such as {"power": 2}.';
  if (keyword === 'minLength') return 'Must be filled in.';
  return said;
}
