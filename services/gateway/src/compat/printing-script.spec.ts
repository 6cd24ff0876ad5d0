import { runInNewContext } from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import { codeFlaw } from '../kinds/code-check.ts';
import { printingScript } from './printing-script.ts';

/** What `map` of the script returns. */
const resultOf = (code: string, params: object = {}): unknown =>
  runInNewContext(`${printingScript(code).replaceAll('export function', 'function')}; map(0, params)`, { params });

describe('a program', () => {
  it.each([
    ['console.log("Hello, World!");', 'Hello, World!'],
    ['console.log("a", 1, { b: [2] }, null, undefined); // the end', 'a 1 {"b":[2]} null undefined'],
    ['for (let i = 0; i < 3; i += 1) console.info(i)', '0\n1\n2'],
    ['var printed = 1; const log = 2; let params = 3; console.error(printed + log + params)', '6'],
    ['console.log(10n, (() => 1).name)', '10 '],
    ['const it = {}; it.self = it; console.log(it)', '[object Object]'],
    ['1 + 1', ''],
  ])('%s prints %j', (code, printed) => {
    expect(codeFlaw(printingScript(code), ['map'])).toBeUndefined();
    expect(resultOf(code)).toBe(printed);
  });

  it('has the parameters of the job, and its lines have their numbers', () => {
    expect(resultOf('console.log(params.name)', { name: 'Zoë' })).toBe('Zoë');
    expect(printingScript('let a = 1;\nthrow new Error("here")').split('\n')[1]).toContain('here');
  });
});

test.each([
  'export const map = (i) => i * i;',
  'function map() {}',
  'return 1',
  'let a = ;',
  'import fs from "fs";',
  'console.log(await 1)',
  '}); steal(() => {',
])('%s stays as it is', (code) => expect(printingScript(code)).toBe(code));
