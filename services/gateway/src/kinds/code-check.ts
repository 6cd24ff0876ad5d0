/**
 * What can be known of JavaScript before it runs: that it can be parsed, imports nothing and declares what the kind calls. Pure; nothing of it is run.
 *
 * Invariant: what it takes grows in proportion to the code (`CodeParser`).
 *
 * A kind states that a field is code with `"contentMediaType": "text/javascript"`, and with `x-declares` what must be there at the top level.
 */
import { Parser, type Pattern, type Program } from 'acorn';

export interface CodeField {
  name: string;
  declares: readonly string[];
}

/** What the interpreter of the kind `script` has of the language. */
const ECMA_VERSION = 2023;

/** The fields of params, not those inside them. */
export function codeFieldsOf(schema: object): CodeField[] {
  const { properties } = schema as { properties?: unknown };
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties).flatMap(([name, field]) => {
    const { contentMediaType, 'x-declares': declares } = (field ?? {}) as Record<string, unknown>;
    if (contentMediaType !== 'text/javascript') return [];
    return [{ name, declares: Array.isArray(declares) ? declares.map(String) : [] }];
  });
}

/** Names of all scopes together: of a `var` those it is hoisted through, too. */
const NAMES_MAX = 50_000;
let namesLeft = 0;

class TooManyNames extends Error {}

/** Of one scope. */
class Names extends Array<string> {
  readonly #known = new Set<string>();

  override push(name: string): number {
    if (this.#known.has(name)) return this.length;
    namesLeft -= 1;
    if (namesLeft < 0) throw new TooManyNames();
    this.#known.add(name);
    return super.push(name);
  }

  override indexOf(name: string): number {
    return this.#known.has(name) ? 0 : -1;
  }
}

interface Scopes {
  readonly inAsync: boolean;
  enterScope(flags: number): void;
  currentScope(): object;
}
const scopes = Parser.prototype as unknown as Scopes;

/** acorn 8.19 keeps the names of a scope in lists, and looks through them for each new one: 64 KB of names held the gateway up for a second. */
class CodeParser extends Parser {
  /** Not at the top level of a module: the interpreter does not wait there. */
  get canAwait(): boolean {
    return (this as unknown as Scopes).inAsync;
  }

  enterScope(flags: number): void {
    scopes.enterScope.call(this as unknown as Scopes, flags);
    Object.assign(scopes.currentScope.call(this as unknown as Scopes), {
      var: new Names(),
      lexical: new Names(),
      functions: new Names(),
    });
  }
}

/** A sentence with the line; undefined when nothing is wrong that can be known. */
export function codeFlaw(code: string, declares: readonly string[] = []): string | undefined {
  let program: Program;
  try {
    namesLeft = NAMES_MAX;
    program = CodeParser.parse(code, { ecmaVersion: ECMA_VERSION, sourceType: 'module', locations: true });
  } catch (error) {
    return unparsed(error, code);
  }
  const names = new Set<string>();
  for (const statement of program.body) {
    if (
      statement.type === 'ImportDeclaration' ||
      statement.type === 'ExportAllDeclaration' ||
      (statement.type === 'ExportNamedDeclaration' && statement.source)
    )
      return `line ${statement.loc?.start.line ?? 1}: it cannot import anything; write all it needs into it`;
    for (const name of declaredBy(statement)) names.add(name);
  }
  const missing = declares.find((name) => !names.has(name));
  return missing === undefined ? undefined : `it has no function ${missing} at its top level; write function ${missing}(…) { … }`;
}

function unparsed(error: unknown, code: string): string {
  if (error instanceof TooManyNames) return 'it declares too many names to be read';
  if (!(error instanceof SyntaxError)) return 'it is nested too deep to be read';
  const { loc, pos = -1 } = error as SyntaxError & { loc?: { line: number; column: number }; pos?: number };
  const message = code.startsWith('await', pos)
    ? 'a script cannot wait, so there is no await here: it has no network and no timers, so call what it needs at once'
    : error.message.replace(/ \(\d+:\d+\)$/, '');
  return loc === undefined ? message : `line ${loc.line}, column ${loc.column + 1}: ${message}`;
}

function declaredBy(statement: Program['body'][number]): string[] {
  switch (statement.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return [statement.id.name];
    case 'VariableDeclaration':
      return statement.declarations.flatMap(({ id }) => namesIn(id));
    case 'ExportNamedDeclaration':
      return statement.declaration ? declaredBy(statement.declaration) : [];
    case 'ExportDefaultDeclaration': {
      const { declaration } = statement;
      return declaration.type === 'FunctionDeclaration' && declaration.id ? [declaration.id.name] : [];
    }
    default:
      return [];
  }
}

function namesIn(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => namesIn(property.type === 'Property' ? property.value : property.argument));
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []));
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    case 'RestElement':
      return namesIn(pattern.argument);
    default:
      return [];
  }
}
