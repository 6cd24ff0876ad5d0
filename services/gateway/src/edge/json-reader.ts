/**
 * Reads JSON text (RFC 8259) and takes nothing that would arrive as something else.
 *
 * Not `JSON.parse`: it rounds numbers, joins keys sent twice, and in Node 24 reads a key of one escaped character as a backslash once it has seen an
 * object with that key in that place (after `{"ab":0,"\\":1}`, `{"ab":0,"\u006e":1}` has no `n`). Its reviver sees none of that, and costs 200 ns a value.
 *
 * Invariant: it ends after one pass, at the latest when the text holds more than `charsMax` without spaces; so what it costs is bounded, and so is what
 * a reader of the value has to walk over. Throws a `JsonFlaw`.
 */
import { JsonText } from '@manyhands/proto';
import { exactNumber, NUMBER } from '@manyhands/proto/json-number';

export interface JsonBounds {
  /** Arrays and objects one inside the other. */
  depthMax: number;
  /** Characters without spaces, escapes counted as what they stand for. */
  charsMax: number;
  /** A key of the outermost object: an array there is carried as `JsonText`, neither read nor counted, for one that reads it by other rules. */
  carried?: string;
}

export type JsonPath = readonly (string | number)[];

/** What is wrong with a text. `says` goes after the place. */
export class JsonFlaw extends Error {
  readonly is: 'not JSON' | 'too deep' | 'too much' | 'forbidden key' | 'repeated key' | 'confusing key' | 'inexact number';
  readonly path: JsonPath;

  constructor(is: JsonFlaw['is'], says: string, path: JsonPath = []) {
    super(says);
    this.is = is;
    this.path = path;
  }
}

/** Undefined when there is nothing but spaces. */
export function readJson(text: string, bounds: JsonBounds): unknown {
  const reader = new Reader(text, bounds);
  if (reader.isAtEnd()) return undefined;
  const value = reader.value();
  reader.end();
  return value;
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
/** The keys that JSON text must escape and that are one character long: the next reader in the system would take them for a backslash. */
const confusingKey = /^(?:["\u0000-\u001f]|[\ud800-\udfff])$/;
const control = /[\u0000-\u001f]/;
const WORDS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  readonly #text: string;
  readonly #bounds: JsonBounds;
  readonly #path: (string | number)[] = [];
  #at = 0;
  #chars = 0;

  constructor(text: string, bounds: JsonBounds) {
    this.#text = text;
    this.#bounds = bounds;
  }

  /** Recursion is as deep as `depthMax`. */
  value(): unknown {
    const token = this.#next();
    if (token === '{') return this.#object();
    if (token === '[') return this.#array();
    if (token === '"') return this.#string();
    const word = WORDS.find(([name]) => this.#text.startsWith(name, this.#at));
    if (word === undefined) return this.#number();
    this.#at += word[0].length;
    this.#weigh(word[0].length);
    return word[1];
  }

  isAtEnd(): boolean {
    return this.#next() === '';
  }

  end(): void {
    if (!this.isAtEnd()) throw this.#unexpected();
  }

  #object(): object {
    const object: Record<string, unknown> = {};
    this.#open();
    if (this.#takeIf('}')) return object;
    this.#path.push('');
    do {
      if (this.#next() !== '"') throw this.#unexpected();
      const key = this.#string();
      this.#path[this.#path.length - 1] = key;
      if (forbiddenKeys.has(key)) throw new JsonFlaw('forbidden key', key, [...this.#path]);
      if (confusingKey.test(key))
        throw new JsonFlaw('confusing key', 'is a key of one character that looks like another one; give it a longer name', [
          ...this.#path,
        ]);
      if (Object.hasOwn(object, key)) throw new JsonFlaw('repeated key', 'is given twice; send it once', [...this.#path]);
      this.#take(':');
      object[key] = this.#isCarried(key) ? this.#carried() : this.value();
    } while (this.#takeIf(','));
    this.#take('}');
    this.#path.pop();
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#open();
    if (this.#takeIf(']')) return array;
    this.#path.push(0);
    do {
      this.#path[this.#path.length - 1] = array.length;
      array.push(this.value());
    } while (this.#takeIf(','));
    this.#take(']');
    this.#path.pop();
    return array;
  }

  #isCarried(key: string): boolean {
    return this.#path.length === 1 && key === this.#bounds.carried && this.#next() === '[';
  }

  /** Only its brackets and strings are looked at. */
  #carried(): JsonText {
    const from = this.#at;
    let depth = 0;
    do {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 34) {
        let end = this.#text.indexOf('"', this.#at + 1);
        while (this.#isEscape(end)) end = this.#text.indexOf('"', end + 1);
        if (end < 0) throw new JsonFlaw('not JSON', `the text at character ${this.#at + 1} has no end`);
        this.#at = end;
      } else if (code === 91 || code === 123) depth += 1;
      else if (code === 93 || code === 125) depth -= 1;
      else if (Number.isNaN(code)) throw this.#unexpected();
      this.#at += 1;
    } while (depth > 0);
    return new JsonText(this.#text.slice(from, this.#at));
  }

  #open(): void {
    if (this.#path.length >= this.#bounds.depthMax) throw new JsonFlaw('too deep', `nested deeper than ${this.#bounds.depthMax}`);
    this.#at += 1;
    this.#weigh(1);
  }

  /** At a quote. */
  #string(): string {
    const from = this.#at;
    let end = this.#text.indexOf('"', from + 1);
    let escaped = this.#isEscape(end);
    while (escaped) {
      end = this.#text.indexOf('"', end + 1);
      escaped = this.#isEscape(end);
    }
    if (end < 0) throw new JsonFlaw('not JSON', `the text at character ${from + 1} has no end`);
    const written = this.#text.slice(from, end + 1);
    this.#at = end + 1;
    this.#weigh(2);
    if (control.test(written))
      throw new JsonFlaw(
        'not JSON',
        `the text at character ${from + 1} holds a line break or control character as it is; write \\n or \\u000a`,
      );
    const string = written.includes('\\') ? this.#unescaped(written, from) : written.slice(1, -1);
    this.#weigh(string.length);
    return string;
  }

  /** Whether a quote is inside of its string: an odd number of backslashes stands before it. */
  #isEscape(quote: number): boolean {
    let before = quote - 1;
    while (quote > 0 && this.#text[before] === '\\') before -= 1;
    return quote > 0 && (quote - before) % 2 === 0;
  }

  /** A string by itself `JSON.parse` reads well. */
  #unescaped(written: string, from: number): string {
    try {
      return JSON.parse(written) as string;
    } catch {
      throw new JsonFlaw('not JSON', `the text at character ${from + 1} holds a backslash that escapes nothing; write \\\\`);
    }
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#unexpected();
    this.#at += literal.length;
    this.#weigh(literal.length);
    const number = exactNumber(literal);
    if (typeof number === 'string') throw new JsonFlaw('inexact number', number, [...this.#path]);
    return number;
  }

  #weigh(chars: number): void {
    this.#chars += chars;
    if (this.#chars > this.#bounds.charsMax) throw new JsonFlaw('too much', `more than ${this.#bounds.charsMax} characters`);
  }

  /** The character of the next token; '' at the end. */
  #next(): string {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return this.#text[this.#at] ?? '';
      this.#at += 1;
    }
  }

  #takeIf(token: string): boolean {
    if (this.#next() !== token) return false;
    this.#at += 1;
    this.#weigh(1);
    return true;
  }

  #take(token: string): void {
    if (!this.#takeIf(token)) throw this.#unexpected();
  }

  #unexpected(): JsonFlaw {
    const token = this.#next();
    return new JsonFlaw(
      'not JSON',
      token === '' ? 'it ends too early' : `${JSON.stringify(token)} at character ${this.#at + 1} does not belong there`,
    );
  }
}
