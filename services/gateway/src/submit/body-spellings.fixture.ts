/** Bodies of `POST /v1/jobs` as nobody would write them: one field of a good body in a random spelling. The same number makes the same bodies. */
import { JOB_FIELDS } from './job-body.ts';

/** What may be put in the place of a field, besides its own name and value. */
export const PLACES: readonly string[] = [...JOB_FIELDS, 'unknown field', 'params.n', 'params.list', 'whole body'];

const good: Readonly<Record<string, string>> = {
  kind: '"foreign"',
  params: '{"n":5}',
  chunks: '4',
  priority: '"high"',
  on_dead_chunk: '"fail"',
  max_attempts: '2',
  soft_limit_sec: '1.5',
  hard_limit_sec: '9',
};

export class Spellings {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  body(place: string): string {
    if (place === 'whole body') return this.#value(3);
    const fields = { ...good };
    if (place === 'params.n') fields['params'] = `{"n":${this.#value(3)}}`;
    else if (place === 'params.list') fields['params'] = `{"n":5,"list":${this.#value(3)}}`;
    else if (place === 'unknown field') fields['params'] = `{"n":5}${`,${this.#text()}:${this.#value(1)}`.repeat(this.#pick(3))}`;
    else fields[place] = this.#value(3);
    if (place === 'n') delete fields['kind'];
    if (place === 'n') delete fields['params'];
    return `{${Object.entries(fields)
      .map(([name, value]) => `"${name}":${value}`)
      .join(',')}}`;
  }

  /** Below `end`. Source: mulberry32 by Tommy Ettinger, public domain. */
  #pick(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.#pick(choices.length)]!;
  }

  #digits(): string {
    return Array.from({ length: 1 + this.#pick(this.#of([3, 20, 400])) }, () => this.#pick(10)).join('');
  }

  #number(): string {
    const exponent = (): string => `${this.#of(['e', 'E', 'e+', 'e-'])}${this.#pick(this.#of([3, 400, 1e9]))}`;
    return `${this.#of(['', '-'])}${this.#of(['0', '1', this.#digits().replace(/^0+(?=\d)/, '')])}${this.#of(['', `.${this.#digits()}`])}${this.#of(['', '', exponent()])}`;
  }

  #text(): string {
    const piece = this.#of([
      'a',
      '1',
      ' ',
      '\\u0000',
      '\\ud800',
      '\\"',
      '\\\\',
      '\u00e9',
      '\u{1f600}',
      '\\u006e',
      '*',
      '/',
      '-',
      '@daily',
      '2027-01-31T06:30:00Z',
      '0 0 1-31 * *',
      'Europe/Berlin',
      '\n',
      '\\x',
    ]);
    return `"${piece.repeat(this.#of([1, 1, 2, 70, this.#pick(400), this.#pick(2) * 60_000]))}"`;
  }

  #value(depth: number): string {
    switch (this.#pick(depth > 0 ? 9 : 4)) {
      case 0:
      case 1:
        return this.#number();
      case 2:
        return this.#text();
      case 3:
        return this.#of(['null', 'true', 'false', '', 'NaN', "'a'", '1,', '//', '\u00a0', '{}', '[]']);
      case 4:
        return `[${this.#repeated(`${this.#value(depth - 1)},`)}${this.#value(depth - 1)}]`;
      case 5:
        return `{${Array.from({ length: this.#times() }, (_, index) => `"${this.#of(['k', 'n', ''])}${index}":${depth === 3 ? this.#value(0) : '1'}`).join(',')}}`;
      case 6:
        return `${'['.repeat(this.#times())}1${']'.repeat(this.#times())}`;
      case 7:
        return `{"n":${this.#value(depth - 1)},${this.#text()}:${this.#value(depth - 1)}}`;
      default:
        return `${this.#of([' ', '\n', '\t']).repeat(this.#times())}${this.#value(depth - 1)}`;
    }
  }

  #repeated(text: string): string {
    return text.repeat(Math.min(this.#times(), Math.ceil(1e6 / text.length)));
  }

  /** Mostly few; now and then as many as a body can hold. */
  #times(): number {
    return this.#of([0, 1, 2, 9, 33, this.#pick(600), this.#pick(40) === 0 ? this.#pick(30_000) : 3]);
  }
}
