import { describe, expect, it } from 'vitest';
import { codeFieldsOf, codeFlaw } from './code-check.ts';
import { checkParams, compileParams } from './params-check.ts';

describe('code is looked at before it runs', () => {
  it.each([
    'function map(i) { return i }',
    'export function map(i) { return i }',
    'export const map = (i) => i * i;',
    'const { map } = { map: (i) => i };',
    'let [map = () => 1] = [];',
    'const { a: { ...map } } = { a: {} };',
    'export default function map() { return 1 }',
    'class map {}',
    '#!shebang\nfunction map() {}',
    'import("fs"); function map() {}',
    'const later = async () => { await 1; for await (const a of []); }; function map() {}',
  ])('%j may run', (code) => expect(codeFlaw(code, ['map'])).toBeUndefined());

  it.each([
    ['function map() {\n  return 1 +;\n}', 'line 2, column 13: Unexpected token'],
    ['function map() {\n', 'line 2, column 1: Unexpected token'],
    ['', /^it has no function map at its top level/],
    ['const other = () => { function map() {} }', /^it has no function map/],
    ['function map() { await 1 }', /^line 1, column 18: a script cannot wait, /],
    ['function map() {}\nconst a = await 1;', /^line 2, column 11: a script cannot wait, /],
    ['function map() {}\nfor await (const a of []);', /^line 2, column 5: a script cannot wait, /],
    ['"use strict"; with (a) {} function map() {}', /^line 1, column \d+: 'with' in strict mode/],
    ['function map() {}\nimport fs from "fs";', 'line 2: it cannot import anything; write all it needs into it'],
    ['export * from "fs"; function map() {}', /cannot import anything/],
    ['export { map } from "fs";', /cannot import anything/],
    ['('.repeat(20_000), /^(it is nested too deep|line 1)/],
  ])('%j may not', (code, why) => {
    const flaw = codeFlaw(code, ['map']);
    if (typeof why === 'string') expect(flaw).toBe(why);
    else expect(flaw).toMatch(why);
  });

  // Seen: each name was looked for in a list of all before it.
  it('what it takes does not grow faster than the code, however many names it declares', () => {
    const namesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `x${index.toString(36)}`);
    const quickest = (code: string): number => {
      const timesMs = Array.from({ length: 5 }, () => {
        const begunMs = performance.now();
        expect(codeFlaw(`function map() {}\n${code}`, ['map'])).toBeUndefined();
        return performance.now() - begunMs;
      });
      return Math.min(...timesMs);
    };
    for (const [what, codeOf] of Object.entries<(names: string[]) => string>({
      let: (names) => `let ${names.join(',')};`,
      var: (names) => `var ${names.join(',')};`,
      function: (names) => names.map((name) => `function ${name}() {}`).join(''),
      export: (names) => `let ${names.join(',')};\nexport {${names.join(',')}};`,
    })) {
      const [few, many] = [quickest(codeOf(namesOf(1_500))), quickest(codeOf(namesOf(9_000)))];
      // In line with the names: 6 times; with their square: 36 times.
      expect(many / few, what).toBeLessThan(15);
    }
    const names = namesOf(10_000);
    expect(codeFlaw(`function map() {}\n${'{'.repeat(400)}var ${names.join(',')};${'}'.repeat(400)}`, ['map'])).toBe(
      'it declares too many names to be read',
    );
  });

  it('a name that is declared twice is found as before', () => {
    for (const code of [
      'let a; let a;',
      'let a; var a;',
      'var a; let a;',
      'const a = 1; function a() {}',
      '{ function a() {} let a; }',
      'let a; { var a; }',
      'function f(a) { let a; }',
      'try {} catch ({ a }) { var a; }',
      'export { a };',
    ])
      expect(codeFlaw(`function map() {}\n${code}`, ['map']), code).toMatch(/^line 2, column \d+: /);
    for (const code of [
      'var a; var a;',
      'let a; { let a; }',
      'function f() { function a() {} function a() {} }',
      'try {} catch (a) { var a; }',
      'let a; export { a };',
      'function f(a) { var a; }',
    ])
      expect(codeFlaw(`function map() {}\n${code}`, ['map']), code).toBeUndefined();
  });

  it('nothing of it is run', () => {
    codeFlaw('globalThis.wasRun = true; function map() {}', ['map']);
    expect(globalThis).not.toHaveProperty('wasRun');
  });
});

it('a schema states which fields are code', () => {
  expect(
    codeFieldsOf({
      properties: {
        code: { type: 'string', contentMediaType: 'text/javascript', 'x-declares': ['map'] },
        more: { type: 'string', contentMediaType: 'text/javascript' },
        picture: { type: 'string', contentMediaType: 'image/png' },
        any: true,
        n: { type: 'integer' },
      },
    }),
  ).toEqual([
    { name: 'code', declares: ['map'] },
    { name: 'more', declares: [] },
  ]);
  expect(codeFieldsOf({})).toEqual([]);
});

it('code that cannot run is refused with the field and the line', () => {
  const check = compileParams({
    type: 'object',
    properties: { code: { type: 'string', contentMediaType: 'text/javascript', 'x-declares': ['map'] } },
  });
  expect(() => checkParams(check, { code: 'function map() { return 1 }' }, false)).not.toThrow();
  expect(() => checkParams(check, {}, false)).not.toThrow();
  expect(() => checkParams(check, { code: 'function map( {' }, false)).toThrow(
    expect.objectContaining({
      response: {
        detail: [
          { loc: ['body', 'params', 'code'], msg: expect.stringMatching(/^line 1, column \d+: /) as string, type: 'value_error' },
        ],
      },
    }) as Error,
  );
});
