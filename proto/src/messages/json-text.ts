/**
 * JSON that is carried, not read: the partials and results of users' task code.
 *
 * Invariant: its bytes travel untouched. It is cut out of a message and put into another as text, so numbers of any size, keys in any order, given
 * twice or called `__proto__`, and any nesting stay as they were written. Whatever is cut out is one whole JSON value: the cut checks the grammar,
 * in one pass and without recursion.
 */
import { v4 as uuidv4 } from 'uuid';
import { ManyhandsError } from '../errors.ts';
import { limits } from '../limits.ts';

/** One JSON value as text. `encode` puts it into a message as it is, wherever it stands in it. */
export class JsonText {
  readonly text: string;

  /** `text` must be one JSON value: cut out by `withoutField`, or made by `JSON.stringify`. */
  constructor(text: string) {
    this.text = text;
  }

  static of(value: unknown): JsonText {
    return new JsonText(JSON.stringify(value));
  }

  /** Called by `JSON.stringify`: a mark that `stringifyWithTexts` replaces. Outside of `encode` there is nothing to replace it, so it throws. */
  toJSON(): string {
    if (collecting === undefined) throw new TypeError('JSON text is written by encode() alone');
    collecting.push(this.text);
    return `${MARK}${collecting.length - 1}`;
  }
}

/** No user's string holds it: each process draws its own, and sends it nowhere. */
const MARK = `json-text-${uuidv4()}-`;
let collecting: string[] | undefined;

/** `JSON.stringify`, with every `JsonText` in its place. */
export function stringifyWithTexts(message: unknown): string {
  const texts: string[] = [];
  collecting = texts;
  try {
    const marked = JSON.stringify(message);
    let whole = '';
    let at = 0;
    // The marks stand in the order in which they were made.
    for (const [index, text] of texts.entries()) {
      const mark = `"${MARK}${index}"`;
      const from = marked.indexOf(mark, at);
      whole += marked.slice(at, from) + text;
      at = from + mark.length;
    }
    return whole + marked.slice(at);
  } finally {
    collecting = undefined;
  }
}

export interface CutField {
  /** The object without the field, as JSON text. */
  rest: string;
  /** The field's value; undefined when the object has no such field. Of several the last one, as `JSON.parse` has it. */
  field: JsonText | undefined;
}

/**
 * Cuts one field out of the JSON object that `text` is, without reading its value. Throws `undecodable` when the text is no JSON object, and when the
 * value is nested deeper than `limits.jsonDepthMax`.
 */
export function withoutField(text: string, name: string): CutField {
  const kept: string[] = [];
  let field: JsonText | undefined;
  eachField(text, (key, from, valueFrom, to) => {
    if (key === name) field = new JsonText(text.slice(valueFrom, to));
    else kept.push(text.slice(from, to));
  });
  return { rest: `{${kept.join(',')}}`, field };
}

/**
 * The same, with the rest parsed, for a message whose field mostly stands last: then `JSON.parse` reads what is before it, and only its own value is walked over here.
 * What ends in a comma and is a JSON object once that is a brace was cut between two of its own fields. Throws as `withoutField`.
 */
export function parsedWithout(text: string, name: string): { rest: unknown; field: JsonText | undefined } {
  const mark = `,"${name}":`;
  const at = text.indexOf(mark);
  const rest = at < 0 ? undefined : objectOf(`${text.slice(0, at)}}`);
  if (rest !== undefined && !Object.hasOwn(rest, name)) {
    const scan = new Scan(text);
    scan.at = at + mark.length;
    const from = scan.skipSpace();
    scan.value();
    const to = scan.at;
    if (scan.takeIf('}')) {
      scan.end();
      return { rest, field: new JsonText(text.slice(from, to)) };
    }
  }
  const { rest: others, field } = withoutField(text, name);
  return { rest: JSON.parse(others), field };
}

function objectOf(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** The fields of the JSON object that `text` is, in their order, each value as its text; of several of one name the last one. Throws as `withoutField`. */
export function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  eachField(text, (name, _from, valueFrom, to) => fields.set(name, text.slice(valueFrom, to)));
  return fields;
}

/** A field is at `[from, to)`, its value at `[valueFrom, to)`. */
function eachField(text: string, take: (name: string, from: number, valueFrom: number, to: number) => void): void {
  const scan = new Scan(text);
  scan.take('{');
  if (!scan.takeIf('}')) {
    do {
      const from = scan.skipSpace();
      const name = scan.string();
      scan.take(':');
      const valueFrom = scan.skipSpace();
      scan.value();
      take(name, from, valueFrom, scan.at);
    } while (scan.takeIf(','));
    scan.take('}');
  }
  scan.end();
}

const QUOTE = 34;
const BACKSLASH = 92;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
/** By the code of their first letter. */
const WORDS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), word]));

/** Walks over JSON text by its grammar (RFC 8259). */
class Scan {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Moves to the next token; returns its position. */
  skipSpace(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return this.at;
      this.at += 1;
    }
  }

  takeIf(token: string): boolean {
    if (this.#text[this.skipSpace()] !== token) return false;
    this.at += 1;
    return true;
  }

  take(token: string): void {
    if (!this.takeIf(token)) throw this.#unreadable();
  }

  end(): void {
    if (this.skipSpace() < this.#text.length) throw this.#unreadable();
  }

  /** Moves behind a string; returns its text. */
  string(): string {
    const from = this.skipSpace();
    this.#skipString();
    const written = this.#text.slice(from, this.at);
    return written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
  }

  /** Moves behind one value of any kind. `open` holds what must close each array and object it is in. */
  value(): void {
    const open: ('}' | ']')[] = [];
    for (;;) {
      if (this.takeIf('[')) {
        this.#deeper(open, ']');
        if (!this.takeIf(']')) continue;
        open.pop();
      } else if (this.takeIf('{')) {
        this.#deeper(open, '}');
        if (!this.takeIf('}')) {
          this.#key();
          continue;
        }
        open.pop();
      } else this.#scalar();
      // A value has ended: so may those around it.
      let inside = open.at(-1);
      while (inside !== undefined && this.takeIf(inside)) {
        open.pop();
        inside = open.at(-1);
      }
      if (inside === undefined) return;
      this.take(',');
      if (inside === '}') this.#key();
    }
  }

  #key(): void {
    this.skipSpace();
    this.#skipString();
    this.take(':');
  }

  #deeper(open: ('}' | ']')[], close: '}' | ']'): void {
    if (open.push(close) > limits.jsonDepthMax)
      throw new ManyhandsError('undecodable', `a value is nested deeper than ${limits.jsonDepthMax}`);
  }

  #scalar(): void {
    const first = this.#text.charCodeAt(this.skipSpace());
    if (first === QUOTE) return this.#skipString();
    const word = WORDS.get(first);
    if (word === undefined) return this.#match(number);
    if (!this.#text.startsWith(word, this.at)) throw this.#unreadable();
    this.at += word.length;
  }

  #skipString(): void {
    if (this.#text.charCodeAt(this.at) !== QUOTE) throw this.#unreadable();
    this.at += 1;
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.at += 1;
        return;
      }
      if (code === BACKSLASH) this.#match(escape);
      else if (code >= 32) this.at += 1;
      else throw this.#unreadable();
    }
  }

  #match(pattern: RegExp): void {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.#text)) throw this.#unreadable();
    this.at = pattern.lastIndex;
  }

  #unreadable(): ManyhandsError {
    return new ManyhandsError('undecodable', `not JSON at character ${this.at}`);
  }
}
