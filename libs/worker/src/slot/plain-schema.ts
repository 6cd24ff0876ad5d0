/**
 * Holds records against a plain JSON Schema (draft 2020-12), which has no code that reads them.
 *
 * Invariant: it walks the schema and makes no code of it, so it works where code from texts is not allowed, as in the sandbox. A schema of a library never comes here.
 */
import { Validator, type OutputUnit } from '@cfworker/json-schema';

/** What is wrong with a value, with its path; undefined when it fits. May throw for a schema that is none. */
export function plainCheck(schema: object): (value: unknown) => string | undefined {
  // It notes addresses in what it is given.
  const validator = new Validator(JSON.parse(JSON.stringify(schema)) as object, '2020-12');
  return (value) => {
    const { valid, errors } = validator.validate(value);
    return valid ? undefined : sentenceOf(telling(errors));
  };
}

/** Throws for a schema that has a pattern which is no regular expression, or one address twice. */
export function checkPlainSchema(schema: object): void {
  checkPatterns(schema);
  plainCheck(schema);
}

/** What stands under these is no schema. */
const DATA = new Set(['const', 'enum', 'default', 'examples', 'example']);

function checkPatterns(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (DATA.has(key)) continue;
    if (key === 'pattern' && typeof value === 'string') new RegExp(value, 'u');
    if (key === 'patternProperties') for (const pattern of Object.keys((value ?? {}) as object)) new RegExp(pattern, 'u');
    checkPatterns(value);
  }
}

/** The innermost, which comes last. Under a choice each branch complains: one whose type fits knows best what is wrong, and where none fits all their types are named. */
function telling(errors: readonly OutputUnit[]): OutputUnit {
  const at = errors.findIndex(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const choice = errors[at];
  const inside = errors.slice(at + 1);
  if (choice === undefined) return inside.at(-1)!;
  const isOfType = ({ keyword, instanceLocation }: OutputUnit): boolean =>
    keyword === 'type' && instanceLocation === choice.instanceLocation;
  const types = inside.filter(isOfType).map(({ error }) => expectedIn(error));
  const ofAll = types.length > 0 ? { ...choice, keyword: 'type', error: `Expected ${types.join(', ')}.` } : choice;
  return inside.findLast((error) => !isOfType(error)) ?? ofAll;
}

/** As the validator writes it: `"string", "null"`. */
function expectedIn(error: string): string | undefined {
  return /Expected (".*")\.$/s.exec(error)?.[1];
}

function sentenceOf({ instanceLocation, keyword, error }: OutputUnit): string {
  const path = instanceLocation
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
  return path === '' ? wordsOf(keyword, error) : `${path}: ${wordsOf(keyword, error)}`;
}

function wordsOf(keyword: string, error: string): string {
  if (keyword === 'anyOf' || keyword === 'oneOf') return 'fits none of what is allowed there, or more than one';
  if (keyword === 'false') return 'must not be there';
  const [, named] = /^Instance does not have required property "(.*)"\.$/s.exec(error) ?? [];
  if (named !== undefined) return `field "${named}" is missing`;
  const expected = keyword === 'type' ? expectedIn(error) : undefined;
  if (expected !== undefined) return `must be ${expected.replaceAll('"', '').replaceAll(', ', ' or ')}`;
  return error.replace(/\.$/, '');
}
