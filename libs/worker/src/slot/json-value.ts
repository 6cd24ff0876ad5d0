/**
 * Finds out whether a value is exactly a JSON value: what comes back from its JSON text is the same value again. Pure.
 *
 * Partials cross the border of a lease as JSON text, and stay values inside it. What JSON changes (`NaN` becomes `null`, a `Map` becomes `{}`, an
 * `undefined` property is gone) would make an answer depend on where the borders fall, which is another place in every run.
 *
 * Invariant: it walks without recursion, so no value overflows its stack, and ends at the latest after as many steps as bytes are allowed, also for
 * values that contain themselves or share parts. `-0` counts as the same value as `0`, which it becomes. Getters count by what they give.
 */
export interface JsonBounds {
  /** Bytes as JSON. */
  bytesMax: number;
  /** Arrays and objects inside each other. */
  depthMax: number;
}

export interface JsonFlaw {
  is: 'not JSON' | 'too large';
  /** Names the path and what to do, e.g. `partial.rows[3].when is a Date; return its toISOString()`. */
  sentence: string;
}

/** How many bytes the value has at least as JSON, or the first thing that is wrong with it. */
export function examineJson(value: unknown, bounds: JsonBounds): number | JsonFlaw {
  const weight = weightOf(value);
  if (weight === CONTAINER) {
    const flat = flatWeight(value as Level['container']);
    return flat >= 0 && flat <= bounds.bytesMax ? flat : examineContainer(value as object, bounds);
  }
  if (weight === FLAWED) return notJson([], whatIsWrong(value));
  return weight > bounds.bytesMax ? tooLarge(bounds) : weight;
}

/** An array or object on the way from the partial to the value at hand. */
interface Level {
  readonly container: Readonly<Record<string | number, unknown>>;
  /** Undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  /** The next entry. */
  at: number;
}

const CONTAINER = -1;
const FLAWED = -2;
const PATH_LENGTH_MAX = 200;

function examineContainer(value: object, bounds: JsonBounds): number | JsonFlaw {
  const levels: Level[] = [];
  let weight = 0;
  let entering: object | undefined = value;
  for (;;) {
    if (entering !== undefined) {
      if (levels.length >= bounds.depthMax) return tooDeep([...levels, levelOf(entering)], bounds);
      const level = levelOf(entering);
      weight += 1 + level.length;
      if (weight > bounds.bytesMax) return tooLarge(bounds);
      const wrong = wrongContainer(level);
      if (wrong !== undefined) return notJson(levels, wrong);
      levels.push(level);
      entering = undefined;
    }
    const level: Level = levels[levels.length - 1]!;
    const { container, keys, length } = level;
    while (level.at < length) {
      const key: string | number = keys === undefined ? level.at : keys[level.at]!;
      const item = container[key];
      level.at += 1;
      if (keys !== undefined) weight += (key as string).length + 3;
      const itemWeight = weightOf(item);
      if (itemWeight === CONTAINER) {
        entering = item as object;
        break;
      }
      if (itemWeight === FLAWED)
        return notJson(
          levels,
          keys === undefined && !(key in container)
            ? 'is missing; give every entry of an array a value, or null'
            : whatIsWrong(item),
        );
      weight += itemWeight;
      if (weight > bounds.bytesMax) return tooLarge(bounds);
    }
    if (entering === undefined) {
      levels.pop();
      if (levels.length === 0) return weight;
    }
  }
}

/** The short way for most partials: a plain object of plain values. Below 0 when it takes a closer look. */
function flatWeight(value: Level['container']): number {
  if (Object.getPrototypeOf(value) !== Object.prototype) return CONTAINER;
  let weight = 1;
  for (const key in value) {
    const itemWeight = weightOf(value[key]);
    if (itemWeight < 0) return itemWeight;
    weight += key.length + 4 + itemWeight;
  }
  return value['toJSON'] !== undefined || Object.getOwnPropertySymbols(value).length > 0 ? FLAWED : weight;
}

/** Bytes at least; a string has as many as letters, or more. */
function weightOf(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? 1 : FLAWED;
    case 'string':
      return value.length + 2;
    case 'boolean':
      return 4;
    case 'object':
      return value === null ? 4 : CONTAINER;
    default:
      return FLAWED;
  }
}

function levelOf(container: object): Level {
  const keys = Array.isArray(container) ? undefined : Object.keys(container);
  return { container: container as Level['container'], keys, length: keys?.length ?? (container as unknown[]).length, at: 0 };
}

/** What makes an array or object more than its entries. */
function wrongContainer({ container, keys, length }: Level): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(container);
  if (prototype !== (keys === undefined ? Array.prototype : Object.prototype)) return wrongPrototype(container, prototype);
  if (keys === undefined) {
    const names = Object.keys(container);
    const more = names.length > length || (names.length > 0 && !isIndex(names[names.length - 1]!));
    if (more)
      return `is an array with properties besides its entries (${shown(names[names.length - 1]!)}); return an object, or a copy ([...it])`;
  }
  const symbols = Object.getOwnPropertySymbols(container);
  if (symbols.length > 0 && symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(container, symbol))) {
    return 'has a key that is a symbol; keys must be strings';
  }
  if (typeof container['toJSON'] === 'function') return 'has a method toJSON; return its result';
  return undefined;
}

function isIndex(name: string): boolean {
  return String(Number(name) >>> 0) === name;
}

/** What to return instead, by the name of the class. */
const instead = new Map(
  Object.entries({
    Date: 'return its toISOString()',
    Map: 'return Object.fromEntries(it) or [...it]',
    Set: 'return [...it]',
    Promise: 'await it in compute; merge cannot wait',
    RegExp: 'return its source',
    Error: 'return its message',
  }),
);

function wrongPrototype(container: object, prototype: unknown): string {
  if (prototype === null)
    return 'is an object without a prototype, and comes back with one; return { ...it }, and look for keys with Object.hasOwn';
  const named = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  const name = typeof named === 'string' && named !== '' ? named.slice(0, 50) : 'class of its own';
  const advice = ArrayBuffer.isView(container)
    ? 'return Array.from(it), or a string in base64'
    : (instead.get(name) ?? 'return a plain object or array with what it holds');
  return `is ${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}; ${advice}`;
}

function whatIsWrong(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'is undefined; remove it, or return null';
    case 'number':
      return `is ${value}; return null, or a string`;
    case 'bigint':
      return 'is a BigInt; return its digits as a string';
    default:
      return `is a ${typeof value}; return data only`;
  }
}

function notJson(levels: readonly Level[], wrong: string): JsonFlaw {
  return { is: 'not JSON', sentence: `${pathOf(levels)} ${wrong}` };
}

function tooLarge({ bytesMax }: JsonBounds): JsonFlaw {
  return { is: 'too large', sentence: `it has more than ${bytesMax} bytes as JSON, the most that can be sent` };
}

function tooDeep(levels: readonly Level[], { depthMax }: JsonBounds): JsonFlaw {
  const seen = new Set<object>();
  const again = levels.findIndex(({ container }) => seen.size === seen.add(container).size);
  if (again >= 0) return notJson(levels.slice(0, again), 'contains itself; return a tree');
  return notJson(levels.slice(0, -1), `is nested deeper than ${depthMax} arrays or objects; return a flatter value`);
}

/** From the partial to the entry each level is at. */
function pathOf(levels: readonly Level[]): string {
  const path = levels.reduce(
    (before, { keys, at }) => before + (keys === undefined ? `[${at - 1}]` : shownKey(keys[at - 1]!)),
    'partial',
  );
  return path.length <= PATH_LENGTH_MAX ? path : `${path.slice(0, PATH_LENGTH_MAX / 2)} … ${path.slice(-PATH_LENGTH_MAX / 2)}`;
}

function shownKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) && key.length <= 50 ? `.${key}` : `[${shown(key)}]`;
}

function shown(key: string): string {
  return JSON.stringify(key.length <= 50 ? key : `${key.slice(0, 50)}…`);
}
