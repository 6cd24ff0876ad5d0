import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESCAPES } from './escapes.fixture.ts';
import type { ScriptAnswer, ScriptCall } from './guest-run.ts';
import { Interpreter } from './interpreter.ts';
import { scriptLimits } from './script-limits.ts';

const CANARY = 'canary-3f1c8a';
const limits = { memoryBytes: 6 * 1024 * 1024, stackBytes: 48 * 1024, timeMs: 80, outputMax: 64 * 1024 };
const params = '{"factor":3,"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}';
let interpreter: Interpreter;

beforeAll(() => void (process.env['MANYHANDS_TEST_CANARY'] = CANARY));
afterAll(() => void delete process.env['MANYHANDS_TEST_CANARY']);

async function run(code: string, call: Partial<ScriptCall & { do: 'compute' }> = {}): Promise<ScriptAnswer> {
  if (interpreter === undefined || interpreter.isBroken) interpreter = await Interpreter.load(limits);
  return interpreter.run(code, { do: 'compute', begin: 0, end: 2, params, ...call });
}

const told = (answer: ScriptAnswer): string =>
  answer.is === 'text' ? answer.text : answer.is === 'refused' ? answer.why : answer.is;

it('there are at least 40 tries to get out', () => {
  expect(ESCAPES.length).toBeGreaterThanOrEqual(40);
  expect(new Set(ESCAPES.map(({ code }) => code)).size).toBe(ESCAPES.length);
});

describe('nothing gets out, and all is well afterwards', () => {
  it.each(ESCAPES)('$name', async ({ code, gives }) => {
    const before = Object.getOwnPropertyNames(globalThis).length;
    const answer = await run(code);
    expect(told(answer)).not.toContain(CANARY);
    expect(told(answer)).not.toContain('escaped');
    if (gives) expect(told(answer)).toMatch(gives);
    expect(told(answer).length).toBeLessThanOrEqual(limits.outputMax);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    if (answer.is === 'text') expect((JSON.parse(answer.text) as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getOwnPropertyNames(globalThis)).toHaveLength(before);
    expect(
      await run('function map(i, params) { return [i * params.factor, {}.polluted ?? 0, typeof Array.prototype.toJSON] }'),
    ).toEqual({
      is: 'text',
      text: '{"list":[[0,0,"undefined"],[3,0,"undefined"]]}',
    });
  });
});

describe('a script', () => {
  it('maps each number, and reduces from the left', async () => {
    expect(
      await run('export const map = (i) => `${i}`; export const reduce = (a, b) => `(${a}${b})`', { begin: 3, end: 7 }),
    ).toEqual({
      is: 'text',
      text: '{"value":"(((34)5)6)"}',
    });
  });

  it('joins two results as it joined them inside', async () => {
    const code = 'function map() { return 0 }\nfunction reduce(a, b, params) { return a.concat(b, params.factor) }';
    interpreter = await Interpreter.load(limits);
    expect(interpreter.run(code, { do: 'merge', left: '[1]', right: '[2]', params })).toEqual({
      is: 'text',
      text: '{"value":[1,2,3]}',
    });
  });

  it.each([
    ['function map(i) {\n  const a = 1;\n  return i.a.b;\n}', "line 3: TypeError: cannot read property 'b' of undefined"],
    ['const x = 1;\n\nfunction map() { return y }', "line 3: ReferenceError: 'y' is not defined"],
    ['function map() {\n  return 1 +;\n}', /^line 2: SyntaxError: /],
    ['function map() {\n  throw new RangeError("far")\n}', 'line 2: RangeError: far'],
    ['function map() { throw "text" }', 'it threw text'],
    ['function map() { throw undefined }', 'it threw undefined'],
    ['function map() {}', /map returned nothing/],
    ['function map() { return () => 1 }; function reduce(a, b) { return a }', /function or a symbol/],
    ['function map() { return 10n }', /BigInt/],
    ['const other = 1', /no function map at its top level/],
    ['await null; function map() { return 1 }', /a script cannot wait/],
    ['const list = []; (async () => { await null; list.push(1) })(); function map() { return list }', /a script cannot wait/],
    ['function map() { const list = []; Promise.resolve(1).then((one) => list.push(one)); return list }', /a script cannot wait/],
    ['function map() { return Date.now() }', /^(line \d+: )?TypeError: a script has no clock/],
    ['function map() { return new Date() }', /a script has no clock/],
    ['function map() { return Date() }', /a script has no clock/],
    ['function map() { return new (new Date(0).constructor)() }', /a script has no clock/],
  ])('%j fails with a sentence', async (code, why) => {
    const answer = await run(code);
    expect(answer).toEqual({ is: 'refused', why: typeof why === 'string' ? why : (expect.stringMatching(why) as string) });
  });

  it('can use dates that it is given', async () => {
    expect(await run('function map(i) { return new Date(i).toISOString() }', { end: 1 })).toEqual({
      is: 'text',
      text: '{"list":["1970-01-01T00:00:00.000Z"]}',
    });
  });

  it('gives the same on each try, its chance too, wherever a chunk begins', async () => {
    const code = 'function map() { return [Math.random(), Math.random()] }';
    const whole = JSON.parse(told(await run(code, { begin: 0, end: 6 }))) as { list: number[][] };
    const half = JSON.parse(told(await run(code, { begin: 3, end: 6 }))) as { list: number[][] };
    expect(half.list).toEqual(whole.list.slice(3));
    expect(new Set(whole.list.flat()).size).toBe(12);
    expect(whole.list.flat().every((number) => number >= 0 && number < 1)).toBe(true);
  });

  it('leaves nothing for the next call', async () => {
    await run('globalThis.left = 1; function map() { return 1 }');
    expect(await run('function map() { return typeof left }', { end: 1 })).toEqual({
      is: 'text',
      text: '{"list":["undefined"]}',
    });
  });

  it('is stopped when that is asked for', async () => {
    const patient = await Interpreter.load({ ...limits, timeMs: 60_000 });
    let asked = 0;
    const call: ScriptCall = { do: 'compute', begin: 0, end: 1, params };
    expect(patient.run('function map() { for (;;); }', call, () => (asked += 1) > 3)).toEqual({ is: 'out of time' });
  });
});

describe('one past each limit', () => {
  it('of memory', async () => {
    const code = (mb: number): string => `function map() { return new Uint8Array(${mb} * 1024 * 1024).length > 0 }`;
    expect((await run(code(4), { end: 1 })).is).toBe('text');
    expect(told(await run(code(6), { end: 1 }))).toMatch(/out of memory/);
  });

  it('of the stack', async () => {
    const code = (depth: number): string =>
      `function map() { const f = (n) => (n === 0 ? 0 : 1 + f(n - 1)); return f(${depth}) }`;
    expect((await run(code(50), { end: 1 })).is).toBe('text');
    expect(told(await run(code(5_000), { end: 1 }))).toMatch(/stack|recurses/);
  });

  it('of time', async () => {
    const startedAt = performance.now();
    expect(await run('function map() { for (;;); }')).toEqual({ is: 'out of time' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(limits.timeMs);
  });

  it('of output', async () => {
    const code = (letters: number): string => `function map() { return 'x'.repeat(${letters}) }`;
    const around = '{"list":[""]}'.length;
    expect((await run(code(limits.outputMax - around), { end: 1 })).is).toBe('text');
    expect(told(await run(code(limits.outputMax - around + 1), { end: 1 }))).toMatch(/more than 65536 letters/);
  });
});

it('limits are those of the environment, or the defaults of the settings', () => {
  expect(scriptLimits({})).toEqual({ memoryBytes: 64 * 1024 ** 2, stackBytes: 512 * 1024, timeMs: 10_000, outputMax: 1024 ** 2 });
  expect(
    scriptLimits({
      MANYHANDS_SCRIPT_MEMORY_MB: '8',
      MANYHANDS_SCRIPT_STACK_KB: '64',
      MANYHANDS_SCRIPT_SECONDS: '2',
      MANYHANDS_SCRIPT_OUTPUT_KB: '3',
    }),
  ).toEqual({ memoryBytes: 8 * 1024 ** 2, stackBytes: 64 * 1024, timeMs: 2_000, outputMax: 3 * 1024 });
});
