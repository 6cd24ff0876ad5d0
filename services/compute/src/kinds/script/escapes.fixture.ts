/** Scripts that try to get out of the interpreter, to hold it, or to harm what runs them. Each is a whole script, and what may come of it. */

export interface Escape {
  name: string;
  code: string;
  /** What the answer must be like: a JSON text, or a sentence. Absent: whatever it is, it holds nothing of ours. */
  gives?: RegExp;
}

/** Makes `map` return what an expression gives, or what it throws. */
const probe = (expression: string): string =>
  `function map(i, params) { try { return String(${expression}) } catch (error) { return 'threw ' + error.name } }`;

/** Of what only a host has. */
const HOST = `['process', 'require', 'module', 'global', 'Buffer', 'fetch', 'setTimeout', 'setImmediate', 'queueMicrotask', 'WebAssembly', 'Worker', 'XMLHttpRequest', 'std', 'os', 'print', 'load', 'scriptArgs', 'navigator', 'Deno', 'Bun', 'performance', 'SharedArrayBuffer$']`;

export const ESCAPES: readonly Escape[] = [
  { name: 'names of the host', code: probe(`${HOST}.filter((name) => name in globalThis)`), gives: /^\{"list":\[""/ },
  { name: 'this of a sloppy function', code: probe(`Function('return this')() === globalThis`), gives: /true/ },
  {
    name: 'constructor of a constructor',
    code: probe(`map.constructor.constructor('return typeof process')()`),
    gives: /undefined/,
  },
  {
    name: 'constructor of params',
    code: probe(`Object.getPrototypeOf(params).constructor.constructor('return typeof process')()`),
    gives: /undefined/,
  },
  { name: 'constructor of a number', code: probe(`i.constructor.constructor('return typeof require')()`), gives: /undefined/ },
  {
    name: 'constructor of an error',
    code: probe(`(() => { try { null.x } catch (e) { return e.constructor.constructor('return typeof process')() } })()`),
    gives: /undefined/,
  },
  {
    name: 'constructor of a stack overflow',
    code: `function map() { try { const f = () => f(); f() } catch (e) { return typeof e.constructor.constructor('return this')().process } }`,
    gives: /undefined/,
  },
  {
    name: 'constructor of an async function',
    code: probe(`(async () => {}).constructor('return typeof process')()`),
    gives: /object Promise/,
  },
  {
    name: 'constructor of a generator',
    code: probe(`[...(function* () {}).constructor('yield typeof process')()]`),
    gives: /undefined/,
  },
  {
    name: 'constructor of an async generator',
    code: probe(`(async function* () {}).constructor('yield typeof process')().next()`),
    gives: /cannot wait/,
  },
  { name: 'eval', code: probe(`eval('typeof process + typeof require')`), gives: /undefinedundefined/ },
  { name: 'indirect eval', code: probe(`(0, eval)('typeof process')`), gives: /undefined/ },
  { name: 'Function', code: probe(`new Function('return typeof globalThis.process')()`), gives: /undefined/ },
  {
    name: 'dynamic import',
    code: `const p = import('node:fs'); export function map() { return String(p) }`,
    gives: /cannot wait/,
  },
  { name: 'dynamic import that is returned', code: `export function map() { return import('fs') }`, gives: /returned a promise/ },
  {
    name: 'dynamic import that is used later',
    code: `let got = 'nothing'; import('os').then((os) => { got = 'escaped' }, () => {}); export function map() { return got }`,
    gives: /cannot wait/,
  },
  {
    name: 'static import',
    code: `import fs from 'fs'; export function map() { return fs }`,
    gives: /refused|could not load|not found/i,
  },
  {
    name: 'static import of a file',
    code: `import x from '/etc/passwd'; export function map() { return x }`,
    gives: /refused|could not load|not found/i,
  },
  { name: 'import.meta', code: `export function map() { return typeof import.meta.url + Object.keys(import.meta) }` },
  { name: 'await at the top level', code: `const x = await new Promise(() => {}); export function map() { return 1 }` },
  {
    name: 'prepareStackTrace',
    code: `Error.prepareStackTrace = (error, frames) => frames; function map() { const { stack } = new Error('x'); return typeof stack === 'string' ? 'text' : stack.map((frame) => typeof frame.getThis?.() + typeof frame.getFunction?.()?.constructor) }`,
    gives: /text|undefined/,
  },
  {
    name: 'stackTraceLimit with a getter',
    code: `Object.defineProperty(Error, 'stackTraceLimit', { get() { return typeof process } }); function map() { throw new Error('x') }`,
  },
  { name: 'an error whose stack is a getter that does not end', code: `function map() { throw { get stack() { for (;;); } } }` },
  {
    name: 'an error whose message is an object',
    code: `function map() { throw { message: { toString() { return 'x'.repeat(1e5) } } } }`,
    gives: /^x{1,500}$/,
  },
  {
    name: 'a proxy that is thrown',
    code: `function map() { throw new Proxy({}, { get(t, k) { return k === 'name' ? 'Proxy' : () => typeof process }, getPrototypeOf() { for (;;); } }) }`,
  },
  {
    name: 'a proxy as the result',
    code: `function map() { return new Proxy({}, { ownKeys() { return ['a', 'b'] }, getOwnPropertyDescriptor() { return { enumerable: true, configurable: true, value: 1 } }, get(t, k) { return k === 'toJSON' ? undefined : typeof process } }) }`,
    gives: /undefined/,
  },
  {
    name: 'a proxy of a function as map',
    code: `const map = new Proxy(() => 1, { apply: (f, self, args) => typeof self })`,
    gives: /undefined/,
  },
  {
    name: 'a getter in the result',
    code: `function map() { return { get a() { return Function('return typeof process')() } } }`,
    gives: /undefined/,
  },
  {
    name: 'a getter in the result that does not end',
    code: `function map() { return { get a() { for (;;); } } }`,
    gives: /out of time/,
  },
  { name: 'toJSON in the result', code: `function map() { return { toJSON() { return typeof process } } }`, gives: /undefined/ },
  {
    name: 'toJSON of every object',
    code: `Object.prototype.toJSON = () => 'mine'; function map() { return { a: 1 } }`,
    gives: /mine/,
  },
  {
    name: 'another JSON.stringify',
    code: `JSON.stringify = () => '{"list":["escaped"]}'; JSON.parse = () => ({}); function map() { return 1 }`,
    gives: /^\{"list":\[1/,
  },
  {
    name: 'another String',
    code: `String.prototype.slice = () => 'mine'; globalThis.String = () => 'mine'; function map() { throw 1 }`,
  },
  {
    name: 'a setter on arrays',
    code: `Object.defineProperty(Array.prototype, 0, { set() { throw 1 }, configurable: true }); function map(i) { return i }`,
  },
  { name: 'a result that contains itself', code: `function map() { const a = {}; a.a = a; return a }`, gives: /circular/ },
  {
    name: 'Symbol.species',
    code: `class Mine extends Array { static get [Symbol.species]() { return Function('return typeof process') } } function map() { try { return new Mine(1, 2).map((x) => x) } catch { return 'threw' } }`,
  },
  {
    name: 'Symbol.toPrimitive',
    code: `function map() { return [1 + { [Symbol.toPrimitive]: () => Function('return typeof process')() }] }`,
    gives: /undefined/,
  },
  {
    name: 'prototype pollution of the language',
    code: `Object.prototype.polluted = 'yes'; Array.prototype.polluted = 'yes'; function map() { return ({}).polluted }`,
    gives: /yes/,
  },
  {
    name: 'prototype pollution through params',
    code: `function map(i, params) { const merge = (a, b) => { for (const k of Object.keys(b)) typeof b[k] === 'object' ? merge(a[k] ??= {}, b[k]) : (a[k] = b[k]); return a }; merge({}, params); return String({}.polluted) }`,
    gives: /yes/,
  },
  {
    name: '__proto__ in the result',
    code: `function map() { return JSON.parse('{"__proto__": {"polluted": "yes"}, "constructor": {"prototype": {"polluted": "yes"}}}') }`,
    gives: /__proto__/,
  },
  {
    name: '__proto__ in a literal',
    code: `function map() { return { ['__proto__']: { polluted: 'yes' } } }`,
    gives: /__proto__/,
  },
  { name: 'our own name inside', code: `__manyhands = null; function map() { return typeof __manyhands }` },
  {
    name: 'our hook called with something else',
    code: `__manyhands({ call: 1 }, 'x'); function map() { return 'mine' }`,
    gives: /mine/,
  },
  {
    name: 'arguments.callee.caller',
    code: `var map = Function('i', 'try { return String(arguments.callee.caller) } catch (error) { return "threw" }')`,
    gives: /threw|null|undefined/,
  },
  { name: 'Function.caller', code: probe(`map.caller`), gives: /threw|null|undefined/ },
  { name: 'an endless loop', code: `function map() { for (;;); }`, gives: /out of time/ },
  { name: 'an endless loop before map', code: `for (;;); function map() { return 1 }`, gives: /out of time/ },
  {
    name: 'an endless loop in finally',
    code: `function map() { try { for (;;); } finally { for (;;); } }`,
    gives: /out of time/,
  },
  { name: 'an endless loop in catch', code: `function map() { for (;;) { try { for (;;); } catch { } } }`, gives: /out of time/ },
  { name: 'an endless generator', code: `function map() { return [...(function* () { for (;;) yield; })()] }` },
  {
    name: 'an endless iterator',
    code: `function map() { return Math.max(...{ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) }) }`,
  },
  {
    name: 'an endless regular expression',
    code: `function map() { return /^(a+)+$/.test('a'.repeat(40) + 'b') }`,
    gives: /out of time/,
  },
  {
    name: 'another endless regular expression',
    code: `function map() { return /(x+x+)+y/.test('x'.repeat(5000)) }`,
    gives: /out of time/,
  },
  { name: 'an endless sort', code: `function map() { return [3, 2, 1].sort(() => { for (;;); }) }`, gives: /out of time/ },
  {
    name: 'promises without end',
    code: `const again = () => Promise.resolve().then(again); again(); function map() { return 1 }`,
    gives: /cannot wait/,
  },
  { name: 'a promise as the result', code: `async function map() { return 1 }`, gives: /returned a promise/ },
  { name: 'a thenable as the result', code: `function map() { return { then(resolve) { resolve('escaped') } } }` },
  { name: 'Atomics.wait', code: probe(`Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`), gives: /threw/ },
  { name: 'a long text', code: `function map() { let s = 'x'; for (;;) s += s; }` },
  { name: 'a text of a gigabyte', code: probe(`'x'.repeat(2 ** 30 - 1).length`) },
  { name: 'a long list', code: `function map() { const a = []; for (;;) a.push(a.length); }` },
  { name: 'a list that claims to be long', code: `function map() { return new Array(2 ** 32 - 1) }` },
  { name: 'a filled list', code: probe(`new Array(2 ** 32 - 1).fill(0)`) },
  { name: 'buffers', code: probe(`Array.from({ length: 1000 }, () => new ArrayBuffer(1e6)).length`) },
  { name: 'a buffer of 2 GB', code: probe(`new ArrayBuffer(2 ** 31)`) },
  { name: 'a large BigInt', code: `function map() { let n = 2n; for (;;) n = n * n; }` },
  { name: 'a map without end', code: `function map() { const m = new Map(); for (;;) m.set({}, {}); }` },
  { name: 'a long result', code: `function map() { return 'x'.repeat(70_000) }`, gives: /more than 65536 letters/ },
  {
    name: 'a result that grows as it is written',
    code: `function map() { return Array.from({ length: 1000 }, () => ({ toJSON: () => 'x'.repeat(10_000) })) }`,
  },
  { name: 'a deep result', code: `function map() { let a = []; for (let i = 0; i < 20_000; i += 1) a = [a]; return a }` },
  { name: 'deep recursion', code: `function map() { return map() }`, gives: /stack|recurses/i },
  {
    name: 'deep recursion through a getter',
    code: `const o = { get a() { return this.a } }; function map() { return o.a }`,
    gives: /stack|recurses/i,
  },
  {
    name: 'deep recursion of the parser',
    code: `function map() { return eval('('.repeat(1e5) + ')'.repeat(1e5)) }`,
    gives: /stack|recurses/i,
  },
  {
    name: 'deep recursion of JSON',
    code: `function map() { return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5)) }`,
    gives: /stack|recurses/i,
  },
  {
    name: 'deep recursion of a regular expression',
    code: `function map() { return new RegExp('('.repeat(1e5) + ')'.repeat(1e5)) }`,
  },
  {
    name: 'proxies of proxies',
    code: `function map() { let p = {}; for (let i = 0; i < 5_000; i += 1) p = new Proxy(p, {}); return p.x ?? 'deep' }`,
  },
  {
    name: 'a finalizer',
    code: `const f = new FinalizationRegistry(() => { for (;;); }); f.register({}); function map() { return 1 }`,
    gives: /\[1/,
  },
  { name: 'a comment that is not closed', code: `function map() { return 1 } /*`, gives: /SyntaxError/ },
  { name: 'a text that is not closed', code: 'function map() { return 1 } `', gives: /SyntaxError/ },
  { name: 'code that is no code', code: `function map( { return`, gives: /line \d+: SyntaxError/ },
  { name: 'nothing', code: '', gives: /no function map/ },
  { name: 'the zero byte', code: 'function map() { return "a\0b".length }' },
];
