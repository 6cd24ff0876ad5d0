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

interface Unit {
  keyword: string;
  instanceLocation: string;
}

/** Words that only repeat that something below them does not fit. */
const echoes = new Set(['properties', 'additionalProperties', 'items', 'prefixItems', 'allOf', '$ref']);

/**
 * What is wrong, once each: the validator repeats a problem of a field for what holds the field, and takes a known field that does not fit for one that
 * may not be there. Invariant: of a value that does not fit at least one is left.
 */
export function ownProblems<Each extends Unit>(units: readonly Each[]): readonly Each[] {
  const own = units.filter(({ keyword }) => !echoes.has(keyword));
  const problems = own.filter(({ keyword }) => keyword !== 'false');
  const isKnown = (at: string) => problems.some(({ instanceLocation: each }) => each === at || each.startsWith(`${at}/`));
  const left = own.filter(({ keyword, instanceLocation }) => keyword !== 'false' || !isKnown(instanceLocation));
  return left.length > 0 ? left : units;
}

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
  if (keyword === 'false') return 'It is none of the parameters.';
  if (keyword === 'enum') return `Must be one of ${listed(said)}.`;
  if (keyword === 'minLength') return 'Must be filled in.';
  return said;
}

/** `POST, GET` of `Instance does not match any of ["POST","GET"].` */
function listed(said: string): string {
  return said
    .slice(said.indexOf('[') + 1, said.lastIndexOf(']'))
    .replaceAll('"', '')
    .replaceAll(',', ', ');
}
